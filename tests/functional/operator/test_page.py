"""What the page about operator mode has the operator type, run as it stands there."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from functional.bridge_process import environment
from functional.tenant import Tenant
from keystoneauth1.identity import V3Password
from standalone import session_of

PAGE = "docs/how-to/run-for-a-cloud.md"
PROMPT = re.compile(r"[Pp]assword: ?$")
USER, PASSWORD = "customresource-bridge", "typed-at-the-prompt"


@pytest.fixture
def user_gone(admin: Tenant) -> Iterator[None]:
    yield
    for user in admin.keystone.get("/users", params={"name": USER}).json()["users"]:
        admin.keystone.delete(f"/users/{user['id']}")


@pytest.mark.usefixtures("user_gone")
def test_the_bridge_s_user_is_made_and_its_id_and_its_trusts_shown(admin: Tenant, tmp_path: Path) -> None:
    typed = [command for command in pages.commands(PAGE) if command.startswith("openstack ")]
    made, shown, trusts = (run(command, tmp_path) for command in typed)
    assert USER in made
    auth = V3Password(admin.session.auth.auth_url, user_id=shown.strip(), password=PASSWORD, unscoped=True)
    assert not trusts.strip()  # a cloud where nobody trusts it yet
    assert auth.get_access(session_of(auth)).username == USER


def run(command: str, folder: Path) -> str:
    """Run a command at a terminal, where the password is typed as often as it is asked for."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S602 - the page's own commands
        f"exec {Path(sys.executable).parent}/{command}",
        shell=True,
        cwd=folder,
        env=environment(OS_CLOUD="admin", PYTHONWARNINGS="ignore"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = ""
    while more := _read(ours):
        said += more
        if PROMPT.search(more):
            os.write(ours, f"{PASSWORD}\n".encode())
    os.close(ours)
    assert process.wait(60) == 0, said
    return said


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 10_000).decode()
    except OSError:  # the other side is closed
        return ""
