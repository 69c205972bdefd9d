"""The first-run experience: a custom resource from create to delete on the standalone cloud, with ordinary commands.

`make demo` calls this once the two virtual environments and the cloud are there. Each command is shown before it runs,
and its output is checked: exit 0 means that all of it really happened. It needs nothing but Python's own library.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CHOSEN = [os.environ[name] for name in ("CRB_CLOUD_RELEASE", "CRB_CLOUD_PROFILE") if os.environ.get(name)]
STATE = REPOSITORY / "-".join([".cloud", *CHOSEN])
BRIDGE_LOG = STATE / "log" / "bridge-demo.log"
OPERATORS = STATE / "conf" / "bridge-1.conf"
STACK, REFUSED = "crb-demo", "crb-demo-refused"
SHORT = "-f value -c stack_status"
REASON = "The zone example.org is full"
BRIDGE_IS_READY = "handling the requests"
BRIDGE_PATIENCE = 60.0

NEXT = f"""
All of it worked. The cloud still runs; what to try next:

  export OS_CLIENT_CONFIG_FILE={STATE.relative_to(REPOSITORY)}/clouds.yaml OS_CLOUD=demo PATH=$PWD/.venv/bin:$PATH
  customresource-bridge run &                                    the bridge, as you would run it in your own project
  openstack stack create -t devstack/examples/note.yaml note     a workflow for each phase: workflows/note.yaml
  openstack stack create -t devstack/examples/slow.yaml slow     a handler that is too slow: workflows/slow.yaml

  workflows/README.md    how to write a handler of your own
  make test              all tests
  make cloud-stop        stops the cloud
"""


class DemoError(Exception):
    """Something did not happen that should have; the text says what."""


def main() -> int:
    """Tell the story; return the exit code."""
    began = time.monotonic()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OS_")},
        "PATH": f"{REPOSITORY / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "OS_CLIENT_CONFIG_FILE": str(STATE / "clouds.yaml"),
        "OS_CLOUD": "demo",
        "PYTHONWARNINGS": "ignore",
    }
    try:
        with ThreadPoolExecutor() as both:
            stacks = both.submit(_quietly, environ, "openstack stack list -f value -c 'Stack Name'")
            workflows = both.submit(_quietly, environ, "openstack workflow list -f value -c Name")
        with _bridge(environ):
            _clear_away(environ, stacks.result().split())
            _upload(environ, workflows.result().split())
            _create_and_update(environ)
            _fail(environ)
            _delete(environ)
    except DemoError as problem:
        _print(f"\nThe demo failed: {problem}\nLogs: {BRIDGE_LOG.parent}")
        return 1
    except KeyboardInterrupt:
        _print("\nInterrupted. The cloud still runs: make cloud-stop")
        return 1
    _print(f"{NEXT}\nThe demo took {time.monotonic() - began:.0f} s.")
    return 0


def _clear_away(environ: Mapping[str, str], found: Sequence[str]) -> None:
    """Remove what an interrupted demo left."""
    left = [name for name in (STACK, REFUSED) if name in found]
    if left:
        _title("An earlier demo was interrupted: its stacks go first")
        _run(environ, f"openstack stack delete --yes --wait {' '.join(left)}")


def _upload(environ: Mapping[str, str], known: Sequence[str]) -> None:
    _title("The handlers: two Mistral workflows, uploaded by the tenant")
    for name in ("record", "refuse"):
        verb = "update" if name in known else "create"
        _run(environ, f"openstack workflow {verb} workflows/{name}.yaml -f value -c Name -c Input", name)


@contextmanager
def _bridge(environ: Mapping[str, str]) -> Iterator[None]:
    """Have the tenant's bridge run meanwhile, unless the operator's are there."""
    if OPERATORS.exists():
        _title("The bridges: run by the cloud's operator, on each host")
        yield
        return
    _title("The bridge: run by the tenant, with the tenant's own credentials")
    BRIDGE_LOG.parent.mkdir(parents=True, exist_ok=True)
    with BRIDGE_LOG.open("w") as log:
        _print("$ customresource-bridge run &")
        program = str(REPOSITORY / ".venv" / "bin" / "customresource-bridge")
        process = subprocess.Popen([program, "run"], env=environ, cwd=REPOSITORY, stdout=log, stderr=log)
    try:
        _wait_until_ready(process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_ready(process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + BRIDGE_PATIENCE
    while BRIDGE_IS_READY not in BRIDGE_LOG.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise DemoError(f"the bridge did not start:\n{BRIDGE_LOG.read_text()[-2000:]}")
        time.sleep(0.05)


def _create_and_update(environ: Mapping[str, str]) -> None:
    _title("A stack with a custom resource: Custom::Record, handled by the workflow `record`")
    create = f"openstack stack create --wait --poll 1 -t devstack/examples/record.yaml {STACK} {SHORT}"
    _run(environ, create, "CREATE_COMPLETE")
    _outputs(environ, "www.example.org is at 192.0.2.10", "record-www")
    _print("The workflow's effect, a record that it keeps in Mistral:\n")
    _run(environ, "openstack workflow env show record-www -f value -c Variables", "192.0.2.10")

    _title("An update in place: another address")
    _update(environ, "--parameter address=192.0.2.99")
    _outputs(environ, "www.example.org is at 192.0.2.99", "record-www")

    _title("An update that the handler answers with another physical id: a replacement; the old record is deleted")
    _update(environ, "--parameter name=web")
    _outputs(environ, "web.example.org is at 192.0.2.99", "record-web")
    names = _run(environ, "openstack workflow env list -f value -c Name", "record-web")
    if "record-www" in names.split():
        raise DemoError("the old record was not deleted")


def _outputs(environ: Mapping[str, str], *expected: str) -> None:
    _run(environ, f"openstack stack show {STACK} -f yaml -c outputs", *expected)


def _update(environ: Mapping[str, str], change: str) -> None:
    _run(environ, f"openstack stack update --existing --wait {change} {STACK} {SHORT}", "UPDATE_COMPLETE")


def _fail(environ: Mapping[str, str]) -> None:
    _title("A handler that fails: its reason, word for word")
    create = f"openstack stack create --wait --poll 1 -t devstack/examples/refuse.yaml {REFUSED} {SHORT}"
    _run(environ, create, "CREATE_FAILED", fails=True)
    _run(environ, f"openstack stack failures list {REFUSED}", REASON)


def _delete(environ: Mapping[str, str]) -> None:
    _title("The end: everything is deleted, and nothing is left")
    _run(environ, f"openstack stack delete --yes --wait {STACK} {REFUSED}")
    if "record-" in _run(environ, "openstack workflow env list -f value -c Name"):
        raise DemoError("a record was left behind")


def _run(environ: Mapping[str, str], command: str, *expected: str, fails: bool = False) -> str:
    """Show a command, run it, show its output, and make sure that what is expected stands in it."""
    _print(f"$ {command}")
    process = _execute(environ, command)
    _print("".join(f"  {line}\n" for line in process.stdout.splitlines()))
    if bool(process.returncode) is not fails:
        raise DemoError(f"the last command ended with exit code {process.returncode}")
    for text in expected:
        if text not in process.stdout:
            raise DemoError(f"the last command's output lacks {text!r}")
    return process.stdout


def _quietly(environ: Mapping[str, str], command: str) -> str:
    process = _execute(environ, command)
    if process.returncode:
        raise DemoError(f"{command}\n{process.stdout}\nDoes the cloud run? make cloud-status")
    return process.stdout


def _execute(environ: Mapping[str, str], command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S602 - fixed commands, shown as a reader would type them
        command, shell=True, env=environ, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip


def _title(text: str) -> None:
    _print(f"\n## {text}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
