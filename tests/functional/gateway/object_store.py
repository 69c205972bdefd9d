"""A real Swift with the S3 API beside the standalone cloud, whose Keystone knows its users: one of each server."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from functional.gateway import installed
from functional.gateway.running import free_port, wait_for

from devstack.cloud import ini, openstack_conf, settings

_SERVER = {"devices": "devices", "mount_check": False, "user": "root", "workers": 0, "bind_ip": "127.0.0.1"}
_PROXY = "catch_errors authtoken s3api s3token keystoneauth slo proxy-server"
_FILTERS = ("catch_errors", "s3api", "s3token", "keystoneauth", "slo")


@contextmanager
def object_store(folder: Path) -> Iterator[str]:
    """Run one while the block lasts; yields the URL of its S3 API."""
    programs = installed.swift().parent
    ports = {name: free_port() for name in ("account", "container", "object", "proxy")}
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = of-these-tests\n")
    for name, port in ports.items():
        sections = _proxy(folder, port) if name == "proxy" else _storage(folder, name, port)
        (folder / f"{name}.conf").write_text(ini.render(sections))
        if name != "proxy":
            _make_ring(programs / "swift-ring-builder", folder, name, port)
    with ExitStack() as running:
        for name, port in ports.items():
            log = running.enter_context((folder / f"{name}.log").open("wb"))
            command = [str(programs / f"swift-{name}-server"), str(folder / f"{name}.conf")]
            process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
            running.callback(process.wait, 30)
            running.callback(process.terminate)
            wait_for(port, process)
        yield f"http://127.0.0.1:{ports['proxy']}"


def _storage(folder: Path, name: str, port: int) -> ini.Sections:
    own = {**_SERVER, "devices": str(folder / "devices"), "swift_dir": str(folder), "bind_port": port}
    return {
        "DEFAULT": own,
        "pipeline:main": {"pipeline": f"{name}-server"},
        f"app:{name}-server": {"use": f"egg:swift#{name}"},
    }


def _proxy(folder: Path, port: int) -> ini.Sections:
    cloud = settings.load()
    who = {**openstack_conf.authtoken(cloud, "heat"), "delay_auth_decision": True}
    return {
        "DEFAULT": {"swift_dir": str(folder), "bind_ip": "127.0.0.1", "bind_port": port, "user": "root", "workers": 0},
        "pipeline:main": {"pipeline": _PROXY},
        "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": True},
        **{f"filter:{name}": {"use": f"egg:swift#{name}"} for name in _FILTERS},
        "filter:s3token": {"use": "egg:swift#s3token", "auth_uri": f"{cloud.keystone_url}/v3", **who},
        "filter:keystoneauth": {"use": "egg:swift#keystoneauth", "operator_roles": "member"},
        "filter:authtoken": {"paste.filter_factory": "keystonemiddleware.auth_token:filter_factory", **who},
    }


def _make_ring(builder: Path, folder: Path, name: str, port: int) -> None:
    file = str(folder / f"{name}.builder")
    steps = [["create", "2", "1", "0"], ["add", f"r1z1-127.0.0.1:{port}/d1", "1"], ["rebalance"]]
    for step in steps:
        done = subprocess.run([str(builder), file, *step], capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
