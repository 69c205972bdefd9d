"""The systemd units: systemd takes them, and the operator's pages say what is in them."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest
from devstack_plugin import ROOT

UNITS = ROOT / "devstack" / "systemd"
PAGES = {"customresource-bridge": "run-for-a-cloud.md", "customresource-bridge-gateway": "run-the-gateway.md"}
PROGRAM = "/opt/customresource-bridge/bin/customresource-bridge"


def service(name: str) -> dict[str, str]:
    """Return a unit's [Service]."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names are case-sensitive
    unit.read_string((UNITS / f"{name}.service").read_text())
    return dict(unit["Service"])


def page(name: str) -> str:
    return (ROOT / "docs" / "how-to" / name).read_text()


def test_there_is_a_page_for_each_unit() -> None:
    assert {path.stem for path in UNITS.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_has_the_operator_make_is_what_the_unit_needs(name: str) -> None:
    text, unit = page(PAGES[name]), service(name)
    assert f"devstack/systemd/{name}.service" in text
    assert f"enable --now {name}\n" in text
    assert f"/usr/sbin/nologin {unit['User']}\n" in text
    assert f"install -m 640 -g {unit['User']} " in text
    assert unit["ExecStart"].split()[0] == PROGRAM
    assert f"{PROGRAM.rpartition('/')[0]}/pip install" in text


@pytest.mark.parametrize("name", PAGES)
def test_logs_and_reports_have_a_folder_that_can_be_written_into(name: str) -> None:
    unit = service(name)
    assert unit["ProtectSystem"] == "strict"
    for text in (page(PAGES[name]), page("observe.md")):
        assert f"`/var/log/{unit['LogsDirectory']}`" in text


def test_the_gateway_has_a_user_of_its_own_who_may_listen_on_port_443() -> None:
    unit = service("customresource-bridge-gateway")
    assert unit["User"] != service("customresource-bridge")["User"]
    assert unit["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"


if shutil.which("systemd-analyze"):  # a machine with systemd's programs; it need not be running

    @pytest.mark.parametrize("name", PAGES)
    def test_systemd_takes_it(name: str, tmp_path: Path) -> None:
        unit = tmp_path / f"{name}.service"
        # The program is not installed here.
        unit.write_text((UNITS / unit.name).read_text().replace(PROGRAM, "/bin/true"))
        done = subprocess.run(  # noqa: S603
            ["systemd-analyze", "verify", str(unit)],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
