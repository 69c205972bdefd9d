"""The page on Horizon prints a command that enables both panels."""

import subprocess
from pathlib import Path

import pages
from pages import ROOT

PAGE = "docs/how-to/horizon.md"


def test_the_printed_command_enables_both_pages(tmp_path: Path) -> None:
    local = tmp_path / "openstack_dashboard" / "local" / "enabled"
    local.mkdir(parents=True)
    (command,) = [one for one in pages.commands(PAGE) if one.startswith("cp ")]
    subprocess.run(["/bin/bash", "-ec", command.replace("SITE_PACKAGES", str(ROOT))], cwd=tmp_path, check=True)  # noqa: S603
    assert [path.name for path in sorted(local.iterdir())] == [
        "_1695_project_custom_resources.py",
        "_2395_admin_custom_resources.py",
    ]
