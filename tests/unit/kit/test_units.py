"""The systemd units: systemd takes them, they are confined, their command is one, and the operator's pages fit them."""

import argparse
import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pages
import pytest

from customresource_bridge.cmd.main import module_of

UNITS = pages.ROOT / "customresource_bridge" / "kit" / "systemd"
PAGES = {
    "customresource-bridge": "run-for-a-cloud.md",
    "customresource-bridge-gateway": "run-the-gateway.md",
    "customresource-provider@": "run-a-provider.md",
}
PROGRAM = "/opt/customresource-bridge/bin/customresource-bridge"
CONFINED = {
    "LockPersonality": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateIPC": "yes",
    "PrivateTmp": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RemoveIPC": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
}
"""What each unit takes from its processes; with these, systemd 252 rates them below 2 of 10."""
CAPABILITIES = {"customresource-bridge-gateway": "CAP_NET_BIND_SERVICE"}
EXPOSURE = re.compile(r"Overall exposure level for \S+: (\d+\.\d+)")


def text(name: str) -> str:
    return (UNITS / f"{name}.service").read_text()


def service(name: str) -> dict[str, str]:
    """Return a unit's [Service]; of a setting that is there twice, the last one."""
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names are case-sensitive
    unit.read_string(text(name).replace("\\\n", " "))
    return dict(unit["Service"])


def test_there_is_a_page_for_each_unit() -> None:
    assert {path.stem for path in UNITS.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_has_the_operator_make_is_what_the_unit_needs(name: str) -> None:
    page, unit = pages.read(f"docs/how-to/{PAGES[name]}"), service(name)
    instance = f"{name}zones" if name.endswith("@") else name
    assert f"cp kit/systemd/{name}.service " in page
    assert f"enable --now {instance}\n" in page
    assert f"/usr/sbin/nologin {unit['User']}\n" in page
    assert f"install -m 640 -g {unit['User']} " in page
    assert unit["ExecStart"].split()[0] == PROGRAM
    assert f"{PROGRAM.rpartition('/')[0]}/pip install" in page


def test_the_page_gives_the_provider_each_variable_that_its_unit_reads() -> None:
    unit = service("customresource-provider@")
    read = set(re.findall(r"\$\{?([A-Z_]+)", unit["ExecStart"]))
    (given,) = [block for _, block in pages.blocks("docs/how-to/run-a-provider.md") if block.startswith("HANDLER=")]
    assert read <= {line.partition("=")[0] for line in given.splitlines()}
    assert Path(unit["EnvironmentFile"]).name == "provider-%i.env"
    assert "/etc/customresource-bridge/clouds.yaml" in given


@pytest.mark.parametrize("name", PAGES)
def test_the_command_is_one_that_the_program_takes(name: str) -> None:
    _program, command, *words = shlex.split(service(name)["ExecStart"])
    parser = argparse.ArgumentParser(exit_on_error=False)
    module_of(command).add_arguments(parser)
    parser.parse_args([word for word in words if word != "$ARGUMENTS"])


@pytest.mark.parametrize("name", PAGES)
def test_logs_and_reports_have_a_folder_that_can_be_written_into(name: str) -> None:
    for page in (f"docs/how-to/{PAGES[name]}", "docs/how-to/observe.md"):
        assert f"`/var/log/{service(name)['LogsDirectory']}`" in pages.read(page)


def test_the_file_of_a_provider_s_requests_is_where_it_may_write() -> None:
    unit = service("customresource-provider@")
    assert f"--state /var/lib/{unit['StateDirectory']}/" in unit["ExecStart"]
    assert (unit["StateDirectoryMode"], unit["UMask"]) == ("0700", "0077")


def test_a_provider_has_the_time_to_finish_what_its_handler_does() -> None:
    unit, parser = service("customresource-provider@"), argparse.ArgumentParser()
    module_of("provider").add_arguments(parser)
    assert unit["KillMode"] == "mixed"
    assert int(unit["TimeoutStopSec"]) > parser.get_default("timeout")


def test_an_instance_s_name_is_taken_as_it_is() -> None:
    """A queue's name has hyphens, of which %I would make slashes."""
    assert "%I" not in text("customresource-provider@")


def test_the_gateway_has_a_user_of_its_own_who_may_listen_on_port_443() -> None:
    unit = service("customresource-bridge-gateway")
    users = [service(name)["User"] for name in PAGES]
    assert len(set(users)) == len(users)
    assert unit["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"


@pytest.mark.parametrize("name", PAGES)
def test_a_unit_is_confined(name: str) -> None:
    unit = service(name)
    assert {setting: unit.get(setting) for setting in CONFINED} == CONFINED
    assert unit["CapabilityBoundingSet"] == CAPABILITIES.get(name, "")
    assert "PrivateUsers" in unit or name in CAPABILITIES, "a capability is void in a user namespace"
    filters = re.findall(r"^SystemCallFilter=(.*)$", text(name), re.MULTILINE)
    assert filters == ["@system-service", "~@privileged @resources"]


if shutil.which("systemd-analyze"):  # a machine with systemd's programs; it need not be running

    def analyzed(name: str, folder: Path, *words: str) -> tuple[int, str, str]:
        unit = folder / f"{name}.service"
        # The program is not installed here.
        unit.write_text(text(name).replace(PROGRAM, "/bin/true"))
        command = ["systemd-analyze", "--no-pager", *words, str(unit)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
        return done.returncode, done.stdout, done.stderr

    @pytest.mark.parametrize("name", PAGES)
    def test_systemd_takes_it(name: str, tmp_path: Path) -> None:
        status, _, complaints = analyzed(name, tmp_path, "verify")
        assert (status, complaints) == (0, "")

    @pytest.mark.parametrize("name", PAGES)
    def test_systemd_finds_little_exposed(name: str, tmp_path: Path) -> None:
        _, report, _ = analyzed(name, tmp_path, "security", "--offline=true")
        (exposure,) = EXPOSURE.findall(report)
        assert float(exposure) < 3
