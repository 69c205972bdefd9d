"""The documents' commands, run as they stand: those of a page in their order, in one shell, in a folder of its own."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from functional.bridge_process import environment
from functional.tenant import Tenant
from standalone import ROOT, STATE

COMMAND = re.compile(r"^ *\$ (.*)$", re.MULTILINE)
YAML = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
NOT_HERE = ("pip install", "systemctl")
"""What needs the package on PyPI, or a machine with services of systemd's."""
ELSEWHERE = {
    "docs/how-to/port-a-template.md": "tests/functional/port/test_guide.py",
    "docs/how-to/migrate-from-hooks.md": "tests/functional/port/test_migration.py",
    "docs/how-to/observe.md": "tests/functional/gateway/test_who_answers.py",
}
"""Which test runs the commands of the other pages."""


def pages() -> set[str]:
    """Return the pages that have commands."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
    return {str(page.relative_to(ROOT)) for page in found if COMMAND.search(page.read_text())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that looks like a clone of the repository, with what the pages have the reader write."""
    (tmp_path / ".cloud").symlink_to(STATE)
    for name in (".venv", "workflows"):
        (tmp_path / name).symlink_to(ROOT / name)
    (greet,) = [text for text in YAML.findall((ROOT / "README.md").read_text()) if "greet:" in text]
    (tmp_path / "greet.yaml").write_text(greet)
    (tmp_path / "my.yaml").write_text(greet.replace("greet:", "my_handler:"))
    (hello,) = YAML.findall((ROOT / "docs/tutorial/first-handler.md").read_text())
    (tmp_path / "hello.yaml").write_text(re.sub("^   ", "", hello, flags=re.MULTILINE))
    return tmp_path


@pytest.fixture
def clean(tenant_project: Tenant) -> Iterator[None]:
    yield
    for name in ("greet", "my_handler"):
        tenant_project.mistral.delete(f"/workflows/{name}", raise_exc=False)


def run(page: str, folder: Path, *, before: str = "") -> str:
    """Run a page's commands; return what they said."""
    lines = ["set -euo pipefail", "trap 'jobs -p | xargs -r kill; wait' EXIT", before]
    for command in COMMAND.findall((ROOT / page).read_text()):
        if command.startswith(NOT_HERE):
            continue
        fails = command.endswith("# it fails")
        lines.append(f"! {command}" if fails else command.replace("=my-project", "=demo"))
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    told = environment(PATH=path, PYTHONWARNINGS="ignore")
    done = subprocess.run(  # noqa: S603 - our own pages
        ["/bin/bash", "-xc", "\n".join(lines)],
        cwd=folder,
        env=told,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_page_with_commands_is_run_somewhere() -> None:
    here = {"README.md", "docs/tutorial/first-handler.md", "docs/how-to/install.md", "workflows/README.md"}
    assert pages() == here | set(ELSEWHERE)
    for test in ELSEWHERE.values():
        assert (ROOT / test).exists()


@pytest.mark.usefixtures("clean")
def test_the_readme(folder: Path) -> None:
    assert "greet" in run("README.md", folder)


@pytest.mark.usefixtures("clean")
def test_the_first_handler(folder: Path) -> None:
    said = run("docs/tutorial/first-handler.md", folder)
    assert "Hello, World" in said
    assert "Nobody to greet" in said


def test_installing(folder: Path, tenant_project: Tenant) -> None:
    del tenant_project  # the cloud is there
    assert "AWS::CloudFormation::CustomResource" in run("docs/how-to/install.md", folder)


@pytest.mark.usefixtures("clean")
def test_the_contract_with_workflows(folder: Path, tenant_project: Tenant) -> None:
    tenant_project.mistral.delete("/workflows/record", raise_exc=False)
    said = run("workflows/README.md", folder, before="openstack workflow create my.yaml")
    assert "True" in said
    assert "my_handler" in said
