"""The documents' commands, run as they stand: those of a page in their order, in one shell, in a folder of its own."""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pages
import pytest
from functional.bridge_process import environment
from functional.tenant import Tenant
from standalone import ROOT, STATE

from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret, ids

YAML = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
HERE = {
    "CONTRIBUTING.md",
    "README.md",
    "devstack/README.md",
    "docs/how-to/a-stack-hangs.md",
    "docs/how-to/check-a-handler.md",
    "docs/how-to/dead-letters.md",
    "docs/how-to/install.md",
    "docs/how-to/look-at-requests.md",
    "docs/how-to/run-a-bridge.md",
    "docs/reference/options.md",
    "docs/how-to/write-a-handler.md",
    "docs/tutorial/first-handler.md",
    "workflows/README.md",
}
"""The pages of which this module runs every command, but for NOT_HERE."""
_KIT = "tests/unit/cmd/kit/test_kit.py"
ELSEWHERE = {
    ("docs/how-to/close-the-loop.md", ""): "tests/functional/test_check_loop.py",
    ("docs/how-to/deploy.md", ""): "tests/functional/kit/test_deploy.py",
    ("docs/how-to/run-the-gateway.md", "customresource-bridge gateway --new-key"): "tests/functional/test_pages.py",
    ("docs/how-to/run-the-gateway.md", "(uwsgi|gunicorn|customresource-bridge gateway --config-file) "): (
        "tests/functional/gateway/running.py"
    ),
    ("docs/how-to/horizon.md", "cp "): "tests/unit/dashboard/test_page.py",
    ("docs/how-to/migrate-from-hooks.md", ""): "tests/functional/port/test_migration.py",
    ("docs/how-to/observe.md", "grep "): "tests/functional/gateway/test_who_answers.py",
    ("docs/how-to/port-a-template.md", ""): "tests/functional/port/test_guide.py",
    ("docs/how-to/run-a-provider.md", "#!/bin/sh\napi="): "tests/functional/provider/test_runtimes.py",
    ("docs/how-to/run-a-provider.md", "(signed=|curl )"): "tests/functional/gateway/test_who_answers.py",
    ("docs/how-to/run-for-a-cloud.md", "openstack "): "tests/functional/operator/test_page.py",
    ("docs/how-to/run-a-provider.md", "/opt/customresource-bridge/bin/customresource-bridge kit "): _KIT,
    ("docs/how-to/run-for-a-cloud.md", "/opt/customresource-bridge/bin/customresource-bridge kit "): _KIT,
    ("docs/how-to/run-the-gateway.md", "/opt/customresource-bridge/bin/customresource-bridge kit "): _KIT,
    ("docs/how-to/use-the-kit.md", "customresource-bridge kit "): _KIT,
    ("docs/how-to/use-the-gallery.md", ""): "tests/functional/conformance/test_gallery.py",
    ("docs/how-to/zaqar-beside.md", "(/opt/zaqar/bin/|openstack |export OS_MESSAGE_CLIENT_ID=)"): (
        "tests/functional/test_zaqar_beside.py"
    ),
    **{
        (f"docs/tutorial/{page}.md", ""): "tests/functional/gateway/test_tutorial.py"
        for page in ("provider", "node-handler", "sam-project", "shell-handler", "inline-lambda", "cdk-app")
    },
}
"""What of the other pages is run by which module, which takes it from the page: how those commands begin."""
NOT_HERE = {
    "pip install": "there is no release yet that a package index has",
    "/opt/customresource-bridge/bin/pip install": "the same",
    "python3 -m venv /opt": "root's, on a host of its own; tests/unit/kit/test_units.py compares it",
    "useradd ": "the same",
    "install -": "the same",
    "cp kit/systemd/": "the same",
    "python manage.py ": "needs a Horizon; tests/dashboard serves the same files from one",
    "systemctl ": "needs a host that systemd runs",
    "make test": "it is what runs this",
    "make venv": "it made the environment that this runs in",
    "make checks": "a part of make test",
    "make chaos": "it takes an hour",
    "make dist": "it downloads, and a release is no part of a test",
    "build/release/bin/": "the same",
    "python3 -m venv build/release": "the same",
    "git ": "it would publish a release",
    ".venv/bin/twine": "the same",
    ".venv/bin/pip install": "it downloads what only a contributor needs",
    ".venv/bin/pre-commit": "it would change the clone",
    "make cloud-stop": "the other tests need the cloud; devstack/with-cloud.sh stops it in the same way",
}
"""What cannot be run here, by its beginning, and why."""
PAUSED = """
version: '2.0'
paused:
  tasks:
    first:
      action: std.noop
      pause-before: true
      on-success: second
    second:
      action: std.noop
      pause-before: true
"""


def is_run(page: str, command: str) -> bool:
    """Return whether a command is accounted for."""
    elsewhere = (re.match(begins, command) for where, begins in ELSEWHERE if where == page)
    return page in HERE or command.startswith(tuple(NOT_HERE)) or any(elsewhere)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that looks like a clone of the repository, with what the pages have the reader write."""
    (tmp_path / ".cloud").symlink_to(STATE)
    for name in (".venv", "workflows"):
        (tmp_path / name).symlink_to(ROOT / name)
    (greet,) = [text for text in YAML.findall((ROOT / "README.md").read_text()) if "greet:" in text]
    (tmp_path / "greet.yaml").write_text(greet)
    (tmp_path / "my.yaml").write_text(greet.replace("greet:", "my_handler:"))
    (stand_in,) = [
        text for text in YAML.findall((ROOT / "docs/how-to/a-stack-hangs.md").read_text()) if "greet:" in text
    ]
    (tmp_path / "stand-in.yaml").write_text(stand_in)
    (hello,) = YAML.findall((ROOT / "docs/tutorial/first-handler.md").read_text())
    (tmp_path / "hello.yaml").write_text(re.sub("^   ", "", hello, flags=re.MULTILINE))
    return tmp_path


@pytest.fixture
def clean(tenant_project: Tenant) -> Iterator[None]:
    yield
    for name in ("greet", "my_handler", "paused"):
        tenant_project.mistral.delete(f"/workflows/{name}", raise_exc=False)


def run(page: str, folder: Path, *, before: str = "", after: str = "", only: str = "", **placeholders: str) -> str:
    """Run a page's commands; return what they said.

    :param only: how the commands begin, where others run the rest.
    :param placeholders: what stands for what in the page.
    """
    lines = ["set -euo pipefail", "trap 'jobs -p | xargs -r kill; wait' EXIT", before]
    for command in pages.commands(page):
        if command.startswith(tuple(NOT_HERE)) or not command.startswith(only):
            continue
        for word, meant in {"my-project": "demo", **placeholders}.items():
            command = command.replace(word, meant)  # noqa: PLW2901 - the reader does so, too
        lines.append(f"! {command}" if command.endswith("# it fails") else command)
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    told = environment(PATH=path, PYTHONWARNINGS="ignore")
    done = subprocess.run(  # noqa: S603 - our own pages
        ["/bin/bash", "-xc", "\n".join([*lines, after])],
        cwd=folder,
        env=told,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", pages.names())
def test_every_command_is_run_somewhere(page: str) -> None:
    assert not pages.hidden(page), "say what the block is: console (with $), sh, bash, or what it is a file of"
    assert [command for command in pages.commands(page) if not is_run(page, command)] == []


def test_who_is_said_to_run_a_page_reads_it() -> None:
    for (page, begins), module in ELSEWHERE.items():
        source = (ROOT / module).read_text()
        assert Path(page).name in source, module
        assert "pages.commands(" in source or ".read_text()" in source, module
        assert any(re.match(begins, command) for command in pages.commands(page)), begins
    for begins in NOT_HERE:
        assert any(command.startswith(begins) for page in pages.names() for command in pages.commands(page)), begins


@pytest.mark.usefixtures("clean")
def test_the_readme(folder: Path) -> None:
    said = run("README.md", folder, **{"make demo": f"make -C {ROOT} demo"})
    assert "greet" in said
    assert "All of it worked" in said


def test_the_standalone_cloud_s_commands(folder: Path) -> None:
    verbs = {"kill\\|start\\|stop\\|restart SERVICE": "$verb SERVICE; done", "SERVICE": "heat-api-cfn"}
    each = "for verb in kill start stop restart; do python3 -m devstack.cloud $verb"
    said = run("devstack/README.md", folder, before=f"cd {ROOT}", **verbs, **{"python3 -m devstack.cloud $verb": each})
    assert said.count("heat-api-cfn is ready") >= 2  # `make cloud` says so, too


@pytest.mark.usefixtures("clean")
def test_the_first_handler(folder: Path) -> None:
    said = run("docs/tutorial/first-handler.md", folder)
    assert "Hello, World" in said
    assert "Nobody to greet" in said


@pytest.mark.usefixtures("clean")
def test_a_stack_whose_workflow_is_lost_can_be_deleted(folder: Path) -> None:
    before = """
        customresource-bridge run &
        openstack workflow create greet.yaml
        openstack workflow create paused.yaml
        PAUSED=$(openstack workflow execution create -f value -c ID paused)
        openstack stack create --wait -t hello.yaml hello
        openstack workflow delete greet
        ! openstack stack delete --yes --wait hello
        """
    (folder / "paused.yaml").write_text(PAUSED)
    said = run("docs/how-to/a-stack-hangs.md", folder, before=before, EXECUTION="$PAUSED")
    assert "CANCELLED" in said
    assert "Workflow not found" in said
    assert re.search(r"^ok +ResponseURL", said, re.MULTILINE)


@pytest.mark.usefixtures("clean")
def test_looking_at_requests(folder: Path) -> None:
    before = """
        customresource-bridge run &
        openstack workflow create greet.yaml
        sed '/Name:/d' hello.yaml > nameless.yaml
        ! openstack stack create --wait -t nameless.yaml hello
        """
    after, watch = "openstack stack delete --yes --wait hello", "request watch hello"
    said = run("docs/how-to/look-at-requests.md", folder, before=before, after=after, **{watch: f"{watch} || true"})
    failed = "\n".join(re.findall(r"^\| hello .*$", said, re.MULTILINE))
    assert re.search(r"\| greeting +\| Create \| failed .* mistral:greet .* Nobody to greet", failed)
    (shown,) = re.findall(r"^\| execution +\| (\S+) ", said, re.MULTILINE)
    assert shown in failed
    assert f"workflow greet runs as execution {shown}" in said
    assert re.search(r"^\| \S+ +\| +\d+ \| tenant +\|", said, re.MULTILINE)
    assert "none" in said.splitlines()


def test_contributing(folder: Path) -> None:
    said = run("CONTRIBUTING.md", folder, before=f"cd {ROOT}")
    assert said.count(" passed") == 3


def test_installing(folder: Path, tenant_project: Tenant) -> None:
    del tenant_project  # the cloud is there
    assert "AWS::CloudFormation::CustomResource" in run("docs/how-to/install.md", folder)


@pytest.mark.usefixtures("clean")
def test_the_contract_with_workflows(folder: Path, tenant_project: Tenant) -> None:
    tenant_project.mistral.delete("/workflows/record", raise_exc=False)
    said = run("workflows/README.md", folder, before="openstack workflow create my.yaml")
    assert "True" in said
    assert "my_handler" in said


def test_running_a_bridge(folder: Path, tenant_project: Tenant) -> None:
    del tenant_project  # the cloud is there
    assert re.search(r"^ok +ResponseURL", run("docs/how-to/run-a-bridge.md", folder), re.MULTILINE)


def test_a_sample_configuration(folder: Path) -> None:
    said = run("docs/reference/options.md", folder)
    assert {"#workers = 8", "#transport_url = rabbit://", "#log_file = <None>"} <= set(said.splitlines())


def test_checking_a_handler(folder: Path) -> None:
    (folder / "module.py").write_text("def function(event, context):\n    return {'PhysicalResourceId': 'thing'}\n")
    assert "This handler keeps the contract" in run("docs/how-to/check-a-handler.md", folder)


def test_working_on_a_handler(folder: Path) -> None:
    page = "docs/how-to/write-a-handler.md"
    ((_, properties),) = [block for block in pages.blocks(page) if block[0] == "json"]
    (folder / "properties.json").write_text(properties)
    (folder / "zones.py").write_text(
        "def handler(event, context):\n    return {'PhysicalResourceId': event['ResourceProperties']['Name']}\n"
    )
    # The reader types and waits: here "continue" is typed, and what waits for a change ends with the page.
    done = {
        "create.json --pdb": "create.json --pdb <<< continue",
        "json --watch": "json --watch & sleep 4",
    }
    said = run(page, folder, **done)
    assert said.count('"PhysicalResourceId": "example.org"') == 4
    assert "This handler keeps the contract" in said


def test_a_key_for_the_gateway(folder: Path) -> None:
    said = run("docs/how-to/run-the-gateway.md", folder, only="customresource-bridge gateway --new-key")
    assert len(said.strip()) == 44


def test_dead_letters(folder: Path, tenant_project: Tenant) -> None:
    queue = ids.stack_queue(str(uuid4()))
    message = Message(queue=queue, message_id=Secret("id"), claim_id=None, body={"beyond": "hope"}, age=1, ttl=60)
    tenant_project.post(ids.DEAD_LETTER_QUEUE, letter(message, reason="It says nothing", now=datetime.now(UTC)))
    name = "$(customresource-bridge dead-letters list | tail -1 | cut -d' ' -f1)"
    said = run("docs/how-to/dead-letters.md", folder, NAME=name)
    tenant_project.zaqar.delete(f"/queues/{queue}")
    assert "It says nothing" in said
    assert f"is back in {queue}" in said
