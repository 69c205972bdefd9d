"""What is wrong around the bridge is said to the person who can act, in one line; and nothing hangs for ever."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from functional.bridge_process import bridge, command, environment
from functional.tenant import Tenant, until
from standalone import ROOT, cloud

EXAMPLES = ROOT / "devstack" / "examples"


def clouds(folder: Path, **auth: str) -> dict[str, str]:
    """Return the tenant's environment with some of its credentials changed."""
    known = yaml.safe_load(Path(os.environ["OS_CLIENT_CONFIG_FILE"]).read_text())
    known["clouds"]["demo"]["auth"] |= auth
    path = folder / "clouds.yaml"
    path.write_text(yaml.safe_dump(known))
    return environment(OS_CLIENT_CONFIG_FILE=str(path))


@contextmanager
def stopped(service: str) -> Iterator[None]:
    """Have one of the cloud's services stopped; it runs again afterwards, whatever happens."""
    cloud("stop", service)
    try:
        yield
    finally:
        cloud("start", service)


@pytest.mark.parametrize("verb", ["run", "check"])
def test_a_wrong_password(tenant_project: Tenant, tmp_path: Path, verb: str) -> None:
    del tenant_project  # the cloud answers
    wrong = clouds(tmp_path, password="not this one")
    ended = command("customresource-bridge", verb, environ=wrong, seconds=30)
    assert ended.returncode != 0
    said = (ended.stdout + ended.stderr).strip()
    assert "401" in said
    assert "Traceback" not in said
    assert "not this one" not in said


@pytest.mark.parametrize("verb", ["run", "check"])
def test_no_credentials_at_all(tmp_path: Path, verb: str) -> None:
    nothing = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    ended = command("customresource-bridge", verb, environ={**nothing, "HOME": str(tmp_path)}, seconds=30)
    assert ended.returncode == 2
    assert "OS_CLOUD" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_cloud_that_is_in_no_file(tmp_path: Path) -> None:
    ended = command("customresource-bridge", "check", "--os-cloud", "nowhere", environ=environment(HOME=str(tmp_path)))
    assert ended.returncode == 2
    assert "nowhere" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_check_finds_nothing_wrong_with_a_cloud_that_runs(tenant_project: Tenant) -> None:
    del tenant_project
    ended = command("customresource-bridge", "check", environ=environment())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "WRONG" not in ended.stdout


def test_mistral_is_down_at_the_start(tenant: Tenant, tmp_path: Path) -> None:
    log = tmp_path / "bridge.log"
    with stopped("mistral-api"), bridge(log, environ=environment()):
        ended = command("customresource-bridge", "check", environ=environment())
        assert ended.returncode == 1
        (wrong,) = [line for line in ended.stdout.splitlines() if line.startswith("WRONG")]
        assert "Mistral" in wrong
        stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-patient", wait=False)
        until(lambda: "Mistral did not" in log.read_text(), "the bridge says that Mistral is away")
    with bridge(log, environ=environment()):
        assert stack.wait(seconds=150) == "CREATE_COMPLETE", stack.reason()
        stack.delete()


def test_keystone_is_down_at_the_start_and_the_bridge_goes_on_when_it_is_back(tenant: Tenant, tmp_path: Path) -> None:
    log = tmp_path / "bridge.log"
    with ExitStack() as running:
        with stopped("keystone"):
            running.enter_context(bridge(log, environ=environment(), ready=False))
            until(lambda: "cannot begin yet" in log.read_text(), "the bridge says that it waits", seconds=60)
        until(lambda: "handling the requests" in log.read_text(), "the bridge begins")
        stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-early")
        assert stack.show()["stack_status"] == "CREATE_COMPLETE", stack.reason()
        stack.delete()


def test_a_bridge_that_dies_is_no_loss_to_its_stack(tenant: Tenant, tmp_path: Path) -> None:
    log = tmp_path / "bridge.log"
    template = EXAMPLES / "slow.yaml"
    with bridge(log, environ=environment(), ends=-signal.SIGKILL) as first:
        stack = tenant.create(template, seconds=3, timeout=200, wait=False)
        until(lambda: "runs as execution" in log.read_text(), "the workflow is started")
        first.send_signal(signal.SIGKILL)
    before = len(tenant.executions("slow"))
    with bridge(log, environ=environment()):
        assert stack.wait(seconds=150) == "CREATE_COMPLETE", stack.reason()
        assert len(tenant.executions("slow")) == before
        stack.delete()
