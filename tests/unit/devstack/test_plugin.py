"""The DevStack plugin, phase by phase, in a small DevStack: what it calls, and what it leaves behind."""

import stat
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from devstack_plugin import BIN, ROOT, stack, variables
from oslo_config import cfg

from customresource_bridge import conf as bridge_conf
from customresource_bridge.compat import UTC
from customresource_bridge.gateway import conf as gateway_conf
from customresource_bridge.gateway import options as gateway_options
from customresource_bridge.plugin import options

HEAT_URL = "http://127.0.0.1/heat-api-cfn/v1/waitcondition"
USER_ID = "0123456789abcdef0123456789abcdef"
STACKED = ("stack pre-install", "stack install", "stack post-config", "stack extra")


@pytest.fixture
def devstack(tmp_path: Path) -> dict[str, str]:
    """DevStack's variables; Heat's plugin has had its turn."""
    (tmp_path / "heat.conf").write_text(f"[DEFAULT]\nheat_waitcondition_server_url = {HEAT_URL}\n")
    return variables(tmp_path)


def run(environ: Mapping[str, str], *phases: str) -> list[str]:
    """Run phases that must succeed; return the calls of DevStack's functions."""
    done = stack(environ, *phases)
    assert done.returncode == 0, done.stderr
    calls = Path(environ["FOLDER"], "calls")
    lines = calls.read_text().splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    return lines


def read(file: Path, options_of: Mapping[str, Any]) -> Any:
    """Read a configuration with the project's own options; one that is in the file and unknown fails."""
    conf = cfg.ConfigOpts()
    for group, known in options_of.items():
        conf.register_opts(known, group=group)
    conf([], default_config_files=[str(file)])
    for group, known in options_of.items():
        written = {name for section, name in _written(file) if section == group}
        assert written <= {option.dest for option in known}, f"unknown options in [{group}]"
        for option in known:
            getattr(conf[group], option.dest)
    return conf


def _written(file: Path) -> list[tuple[str, str]]:
    sections: dict[str, dict[str, list[str]]] = {}
    cfg.ConfigParser(str(file), sections).parse()
    return [(section, name) for section, values in sections.items() for name in values]


def files(environ: Mapping[str, str]) -> set[str]:
    """Return what is there, but for Heat's own file and the test's trace."""
    folder = Path(environ["FOLDER"])
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.name == "etc"}
    return found - {"heat.conf", "trace", "calls"}


def test_stack_sh_calls_in_this_order(devstack: dict[str, str]) -> None:
    etc = devstack["CRB_CONF_DIR"]
    assert run(devstack, *STACKED) == [
        f"setup_package {ROOT} -e gateway,operator",
        "install_apache_uwsgi",
        "get_or_create_user customresource-bridge service-password default",
        "enable_apache_mod proxy norestart",
        "enable_apache_mod proxy_http norestart",
        f"run_process customresource-gateway {BIN}/uwsgi --procname-prefix customresource-gateway "
        f"--ini {etc}/gateway-uwsgi.ini   CUSTOMRESOURCE_BRIDGE_CONFIG={etc}/gateway.conf",
        "restart_apache_server",
        "wait_for_service 60 http://127.0.0.1:8443/healthz",
        f"run_process customresource-bridge {BIN}/customresource-bridge operator "
        f"--config-file {etc}/customresource-bridge.conf --workers 2",
        "wait_for_service 60 http://127.0.0.1:9474/readyz",
    ]


def test_the_three_configurations_fit_together(devstack: dict[str, str]) -> None:
    run(devstack, *STACKED)
    etc = Path(devstack["CRB_CONF_DIR"])
    heat = read(Path(devstack["HEAT_CONF"]), {options.GROUP: options.OPTIONS}).custom_resource
    bridge = read(etc / "customresource-bridge.conf", bridge_conf.GROUPS)
    gateway = gateway_conf.load([str(etc / "gateway.conf")])
    gateway_conf.build(gateway, clock=lambda: datetime.now(UTC))
    read(etc / "gateway.conf", dict(gateway_options.list_opts()))

    assert heat.bridge_user_id == USER_ID
    assert heat.signature_keys == bridge.security.signature_keys
    assert len(heat.signature_keys[0]) == 64
    assert heat.gateway_keys == gateway.gateway.gateway_keys
    assert heat.gateway_url == "http://127.0.0.1:8443"
    assert bridge.response.allowed_bases == [heat.gateway_url]
    assert gateway.gateway.heat_urls == [HEAT_URL]
    assert gateway.gateway.auth_url == bridge.operator.auth_url == "http://127.0.0.1/identity/v3"
    assert (bridge.operator.username, bridge.operator.password) == ("customresource-bridge", "service-password")
    assert bridge.cloud.region == "RegionOne"
    assert f"transport_url = {devstack['TRANSPORT_URL']}" in (etc / "customresource-bridge.conf").read_text()
    assert stat.S_IMODE(etc.stat().st_mode) == 0o700


def test_no_secret_is_traced(devstack: dict[str, str]) -> None:
    run(devstack, *STACKED)
    trace = (Path(devstack["FOLDER"]) / "trace").read_text()
    heat = read(Path(devstack["HEAT_CONF"]), {options.GROUP: options.OPTIONS}).custom_resource
    assert "plugin.sh stack post-config" in trace
    for secret in (*heat.gateway_keys, *heat.signature_keys, devstack["SERVICE_PASSWORD"]):
        assert secret not in trace


def test_each_stack_sh_makes_new_keys_and_nothing_twice(devstack: dict[str, str]) -> None:
    def keys() -> set[str]:
        heat = read(Path(devstack["HEAT_CONF"]), {options.GROUP: options.OPTIONS}).custom_resource
        return {*heat.gateway_keys, *heat.signature_keys}

    run(devstack, *STACKED)
    before, there = keys(), files(devstack)
    run(devstack, "unstack")
    run(devstack, *STACKED)
    assert len(keys()) == 2
    assert not keys() & before
    assert files(devstack) == there


def test_unstack_and_clean_leave_nothing(devstack: dict[str, str]) -> None:
    run(devstack, *STACKED)
    assert run(devstack, "unstack") == [
        "stop_process customresource-bridge",
        "stop_process customresource-gateway",
        "restart_apache_server",
    ]
    assert "apache/enabled/customresource-gateway.conf" not in files(devstack)
    assert run(devstack, "clean") == []
    assert files(devstack) == set()
    assert run(devstack, "clean") == []  # nor does a second one fail


def test_with_tls_all_of_it_is_https(devstack: dict[str, str]) -> None:
    folder = Path(devstack["FOLDER"])
    (folder / "ca-bundle.pem").touch()
    devstack |= {
        "ENABLED_SERVICES": "rabbit,key,h-eng,tls-proxy",
        "SSL_BUNDLE_FILE": str(folder / "ca-bundle.pem"),
        "DEVSTACK_CERT": "/opt/stack/data/devstack-cert.pem",
    }
    calls = run(devstack, *STACKED)
    assert "enable_apache_mod ssl norestart" in calls
    assert "wait_for_service 60 https://127.0.0.1:8443/healthz" in calls
    bridge = read(folder / "etc" / "customresource-bridge.conf", bridge_conf.GROUPS)
    gateway = read(folder / "etc" / "gateway.conf", dict(gateway_options.list_opts()))
    assert bridge.response.allowed_bases == ["https://127.0.0.1:8443"]
    assert {bridge.response.ca_file, bridge.operator.ca_file, gateway.gateway.ca_file} == {devstack["SSL_BUNDLE_FILE"]}
    site = (folder / "apache" / "enabled" / "customresource-gateway.conf").read_text()
    assert "SSLCertificateFile /opt/stack/data/devstack-cert.pem" in site


def test_without_the_gateway_the_bridge_answers_heat_itself(devstack: dict[str, str]) -> None:
    devstack["ENABLED_SERVICES"] = "rabbit,key,h-eng,-customresource-gateway"
    kinds = [call.split()[0] for call in run(devstack, *STACKED)]
    assert kinds == ["setup_package", "get_or_create_user", "run_process", "wait_for_service"]
    heat = read(Path(devstack["HEAT_CONF"]), {options.GROUP: options.OPTIONS}).custom_resource
    bridge = read(Path(devstack["CRB_CONF_DIR"]) / "customresource-bridge.conf", bridge_conf.GROUPS)
    assert heat.bridge_user_id
    assert heat.gateway_url is None
    assert bridge.response.allowed_bases == [HEAT_URL]
    assert run(devstack, "unstack", "clean") == ["stop_process customresource-bridge"]
    assert files(devstack) == set()


def test_without_the_bridge_nothing_happens(devstack: dict[str, str]) -> None:
    devstack["ENABLED_SERVICES"] = "rabbit,key,h-eng,-customresource-bridge"
    before = Path(devstack["HEAT_CONF"]).read_text()
    assert run(devstack, *STACKED, "stack test-config", "unstack", "clean") == []
    assert files(devstack) == set()
    assert Path(devstack["HEAT_CONF"]).read_text() == before


CLIENT = """#!/bin/bash
echo "$OS_CLOUD: $*" >> "$FOLDER/client"
case "$*" in
    "stack create "*) exit {created};;
    "stack failures list "*) echo "The zone is full";;
    "stack output show "*) echo {answer};;
esac
"""


@pytest.mark.parametrize(
    ("created", "answer", "said"),
    [(0, 1, ""), (1, 1, "was not created"), (0, "None", "is 'None', not what the workflow answered: 1")],
)
def test_the_smoke_test_decides_over_stack_sh(
    devstack: dict[str, str], tmp_path: Path, created: int, answer: object, said: str
) -> None:
    client = tmp_path / "bin" / "openstack"
    client.parent.mkdir()
    client.write_text(CLIENT.format(created=created, answer=answer))
    client.chmod(0o755)
    done = stack({**devstack, "PATH": f"{client.parent}:{devstack['PATH']}"}, "stack test-config")
    asked = (tmp_path / "client").read_text().splitlines()
    assert all(line.startswith("devstack: ") for line in asked)
    assert (done.returncode == 0) is (said == "")
    assert said in done.stderr
    if said:
        assert "The smoke test of custom resources failed" in done.stderr
    else:
        assert [line.split()[1:3] for line in asked[-2:]] == [["stack", "delete"], ["workflow", "delete"]]
    assert ("The zone is full" in done.stdout) is (created == 1)


def test_who_names_no_cloud_has_no_smoke_test(devstack: dict[str, str]) -> None:
    done = stack({**devstack, "CRB_SMOKE_TEST_CLOUD": ""}, "stack test-config")
    assert (done.returncode, done.stdout) == (0, "")
