"""The gallery's handlers keep the contract with the page's own examples, make each thing once and leave none behind."""

import json
import os
import pwd
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gallery_apis as apis
import pages
import pymysql
import pytest
import yaml
from acme_server import ACMEServer
from functional.gateway.running import free_port, wait_for
from gallery_requests import GALLERY, allowed, git, handled, request
from loopback_cloud import LoopbackCloud
from pytest_httpserver import HTTPServer

from customresource_bridge.cmd.main import main

PAGE = "docs/how-to/use-the-gallery.md"
ALL = {path.stem for path in GALLERY.glob("*.py")} - {"common"}
WORKFLOWS = {path.stem for path in GALLERY.glob("*.yaml")}
EXAMPLES = {
    resource["type"]: {name: value for name, value in resource["properties"].items() if name != "ServiceToken"}
    for language, text in pages.blocks(PAGE)
    if language == "yaml"
    for resource in yaml.safe_load(text).values()
}
PASSWORD = "0123456789abcdef" * 2
"""Of a database in a test."""
Check = Callable[..., dict[str, Any]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what has the command check a handler with a page's example; it returns the answers by step."""
    monkeypatch.chdir(tmp_path)

    def run(handler: str, example: dict[str, Any], *, environment: dict[str, str], **others: dict[str, Any]) -> Any:
        changed, refused = {**example, **others["changed"]}, {**example, **others["refused"]}
        words = ["--handler", f"{handler}:handler", "--folder", str(GALLERY), "--json"]
        for option, value in {
            "environment": environment,
            "properties": example,
            "changed-properties": changed,
            "refused-properties": refused,
        }.items():
            Path(f"{option}.json").write_text(json.dumps(value))
            words += [f"--{option}", f"{option}.json"]
        code = main(["conformance", *words])
        shown = capsys.readouterr()
        result = json.loads(shown.out)
        assert code == 0, shown.out
        advice = [rule["detail"] for rule in result["rules"] if rule["verdict"] == "advice"]
        assert advice in ([], ["Create that is to fail: none given"])  # it made nothing
        return {item["step"]: item for item in result["exchanges"]}

    return run


def replaced(steps: dict[str, Any]) -> bool:
    assert steps["Create"]["physical_resource_id"] == steps["Update, rolled back"]["physical_resource_id"]
    return "Delete of what was replaced" in steps


def test_each_handler_is_on_the_page_and_checked_here() -> None:
    source, workflows = Path(__file__).read_text(), (pages.ROOT / "tests/functional/test_gallery.py").read_text()
    assert set(re.findall(r"^\| \[`(\w+)\.yaml`\]", pages.read(PAGE), re.MULTILINE)) == WORKFLOWS
    assert {name for name in WORKFLOWS if f'"{name}.yaml"' in workflows} == WORKFLOWS
    assert set(re.findall(r"^\| \[`(\w+)\.py`\]", pages.read(PAGE), re.MULTILINE)) == ALL
    assert {name for name in ALL if f'check("{name}"' in source} == ALL


def test_a_password_is_the_same_for_the_same_thing_and_kept_nowhere(check: Check) -> None:
    environment = {"PASSWORD_KEY": "k" * 32}
    changes: dict[str, Any] = {"changed": {"Generation": "2026-02"}, "refused": {"Length": 3}}
    steps = check("password", EXAMPLES["Custom::Password"], environment=environment, **changes)
    assert replaced(steps)
    assert steps["Create that is to fail"]["reason"] == "Length is a number from 12 to 256"


def test_a_key_in_consul(check: Check, httpserver: HTTPServer) -> None:
    api = apis.consul(httpserver)
    api.things["another's"] = {"Key": "another's", "Value": "", "Flags": 0, "ModifyIndex": 4}
    environment = {"CONSUL_URL": httpserver.url_for("/consul"), "CONSUL_TOKEN": "token"}
    changes: dict[str, Any] = {"changed": {"Value": "4"}, "refused": {"Key": "another's"}}
    steps = check("consul_key", EXAMPLES["Custom::Key"], environment=environment, **changes)
    assert not replaced(steps)
    assert (list(api.things), api.made) == (["another's"], 1)


def test_an_address_from_netbox(check: Check, httpserver: HTTPServer) -> None:
    api = apis.netbox(httpserver)
    environment = {"NETBOX_URL": httpserver.url_for("/netbox"), "NETBOX_TOKEN": "token"}
    changes: dict[str, Any] = {"changed": {"DnsName": "south.example.org"}, "refused": {"Prefix": "203.0.113.0/24"}}
    steps = check("netbox_address", EXAMPLES["Custom::Address"], environment=environment, **changes)
    assert not replaced(steps)
    assert (api.things, api.made) == ({}, 1)
    assert steps["Create that is to fail"]["reason"] == "NetBox has 0 prefixes 203.0.113.0/24: it takes one"


def test_a_license_in_another_s_api(check: Check, httpserver: HTTPServer) -> None:
    api = apis.licenses(httpserver)
    environment = {"LICENSE_URL": httpserver.url_for("/licenses"), "LICENSE_TOKEN": "token"}
    changes: dict[str, Any] = {"changed": {"Product": "viewer"}, "refused": {"Seats": 101}}
    steps = check("license", EXAMPLES["Custom::License"], environment=environment, **changes)
    assert replaced(steps)
    assert (api.things, api.made) == ({}, 2)
    assert "422" in steps["Create that is to fail"]["reason"]


def test_a_record_in_designate(check: Check, httpserver: HTTPServer) -> None:
    api = apis.designate(httpserver, "/designate")
    cloud = LoopbackCloud(httpserver, services={"dns": "/designate"})
    changes: dict[str, Any] = {"changed": {"Records": ["192.0.2.3"]}, "refused": {"Records": "nonsense"}}
    steps = check("dns_record", EXAMPLES["Custom::DnsRecord"], environment=cloud.environment, **changes)
    assert not replaced(steps)
    assert (api.things, api.made) == ({}, 1)
    assert "does not match schema" in steps["Create that is to fail"]["reason"]


def test_an_object_in_swift(check: Check, httpserver: HTTPServer) -> None:
    api = apis.swift(httpserver, "/swift/v1/AUTH_demo")
    cloud = LoopbackCloud(httpserver, services={"object-store": "/swift/v1/AUTH_demo"})
    changes: dict[str, Any] = {"changed": {"Name": "today/notice.txt"}, "refused": {"Container": "a/b"}}
    steps = check("swift_object", EXAMPLES["Custom::Object"], environment=cloud.environment, **changes)
    assert replaced(steps)
    assert (api.things, api.made) == ({}, 2)


def test_a_file_in_a_git_repository(check: Check, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "theirs.git")
    example = {**EXAMPLES["Custom::GitFile"], "Repository": f"file://{tmp_path}/theirs.git"}
    changes: dict[str, Any] = {"changed": {"Content": "workers 4"}, "refused": {"Path": "../outside"}}
    steps = check("git_file", example, environment=allowed(tmp_path), **changes)
    assert not replaced(steps)
    assert steps["Create that is to fail"]["reason"] == "Path is that of a file within the repository"
    told = git(tmp_path / "theirs.git", "log", "--format=%s", "main").splitlines()
    assert told == ["Remove sites/north.conf", *["Write sites/north.conf"] * 3]
    assert git(tmp_path / "theirs.git", "ls-tree", "-r", "main") == ""


def test_what_an_api_lists_besides_is_left_alone(httpserver: HTTPServer) -> None:
    for handler, api, environment, properties in (
        (
            "netbox_address",
            apis.netbox(httpserver),
            {"NETBOX_URL": httpserver.url_for("/netbox"), "NETBOX_TOKEN": "token"},
            {"Prefix": "192.0.2.0/24"},
        ),
        (
            "license",
            apis.licenses(httpserver),
            {"LICENSE_URL": httpserver.url_for("/licenses"), "LICENSE_TOKEN": "token"},
            {"Product": "editor"},
        ),
    ):
        api.filters = False
        theirs = dict(api.make(description="theirs", reference="theirs"))
        made = handled(request("Create", **properties), environment, handler=handler)
        assert api.made == 2
        handled(request("Delete", made["PhysicalResourceId"], **properties), environment, handler=handler)
        assert list(api.things.values()) == [theirs]


def test_a_create_whose_answer_was_lost_is_undone_by_a_delete_with_the_engine_s_id(httpserver: HTTPServer) -> None:
    api = apis.netbox(httpserver)
    environment = {"NETBOX_URL": httpserver.url_for("/netbox"), "NETBOX_TOKEN": "token"}
    handled(request("Create", Prefix="192.0.2.0/24"), environment, handler="netbox_address")
    assert len(api.things) == 1
    delete = request("Delete", "Thing-0123456789abcdef", Prefix="192.0.2.0/24")
    assert handled({**delete, "StackId": "another"}, environment, handler="netbox_address")["Status"] == "SUCCESS"
    assert len(api.things) == 1
    assert handled(delete, environment, handler="netbox_address")["Status"] == "SUCCESS"
    assert api.things == {}


def test_a_delete_with_the_engine_s_id_leaves_what_a_later_create_has_taken_over(httpserver: HTTPServer) -> None:
    api = apis.netbox(httpserver)
    environment = {"NETBOX_URL": httpserver.url_for("/netbox"), "NETBOX_TOKEN": "token"}
    create = request("Create", Prefix="192.0.2.0/24")
    handled(create, environment, handler="netbox_address")
    anew = handled(create | {"RequestId": "of the update"}, environment, handler="netbox_address")
    delete = request("Delete", "Thing-0123456789abcdef", Prefix="192.0.2.0/24")
    told = delete | {"OpenStack": {"HeldIds": [anew["PhysicalResourceId"]]}}
    assert handled(told, environment, handler="netbox_address")["Status"] == "SUCCESS"
    assert (len(api.things), api.made) == (1, 1)


def test_a_delete_that_breaks_tells_the_kind_of_the_error_alone() -> None:
    broken = handled(request("Delete", "license/x", Product="editor"), {"LICENSE_URL": "x"}, handler="license")
    assert broken["Reason"] == "The handler raised KeyError"


def test_an_asterisk_in_a_record_s_name_is_no_pattern(httpserver: HTTPServer) -> None:
    api = apis.designate(httpserver, "/designate")
    cloud = LoopbackCloud(httpserver, services={"dns": "/designate"})
    properties: dict[str, Any] = {"Zone": "example.org", "Records": ["192.0.2.1"]}
    for name in ("www.example.org", "*.example.org"):
        handled(request("Create", **properties, Name=name), cloud.environment, handler="dns_record")
    delete = request("Delete", "dns/example.org./*.example.org./A", **properties, Name="*.example.org")
    assert handled(delete, cloud.environment, handler="dns_record")["Status"] == "SUCCESS"
    assert [thing["name"] for thing in api.things.values()] == ["www.example.org."]


@pytest.mark.parametrize("path", [".", "..", "a/../b", "a//b", "a/."])
def test_a_path_that_a_server_may_shorten_is_refused(path: str) -> None:
    for handler, properties in (("swift_object", {"Container": "c", "Name": path}), ("consul_key", {"Key": path})):
        refused = handled(request("Create", **properties), {}, handler=handler)
        assert "empty, . or .." in refused["Reason"]


def test_an_object_that_another_made_meanwhile_is_left_alone(httpserver: HTTPServer) -> None:
    api = apis.swift(httpserver, "/swift/v1/AUTH_demo")
    cloud = LoopbackCloud(httpserver, services={"object-store": "/swift/v1/AUTH_demo"})
    api.things["x"] = {"text": "theirs", "owner": "theirs"}
    httpserver.expect_oneshot_request("/swift/v1/AUTH_demo/c/x", method="HEAD").respond_with_data(status=404)
    refused = handled(request("Create", Container="c", Name="x"), cloud.environment, handler="swift_object")
    assert "412" in refused["Reason"]
    assert api.things["x"]["text"] == "theirs"


def test_a_chain_that_was_written_in_part_counts_as_none(httpserver: HTTPServer, tmp_path: Path) -> None:
    authority = ACMEServer(httpserver, webroot=tmp_path / "www", refused="")
    environment = {"ACME_DIRECTORY": httpserver.url_for("/acme/directory"), "WEBROOT": str(tmp_path / "www")}
    environment["CERTIFICATES"] = str(tmp_path)
    create = request("Create", Domains=["north.example.org"])
    thing = handled(create, environment, handler="acme_certificate")["PhysicalResourceId"]
    (tmp_path / f"{thing.partition('/')[2]}.pem").write_text("-----BEGIN CERT")
    assert "Certificate" in handled(create, environment, handler="acme_certificate")["Data"]
    assert len(authority.issued) == 2


def test_a_certificate_by_acme(check: Check, httpserver: HTTPServer, tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    authority = ACMEServer(httpserver, webroot=tmp_path / "www", refused="nowhere.example.org")
    environment = {"ACME_DIRECTORY": httpserver.url_for("/acme/directory"), "WEBROOT": str(tmp_path / "www")}
    environment["CERTIFICATES"] = str(tmp_path / "certificates")
    changed: dict[str, Any] = {"Domains": ["south.example.org"]}
    changes: dict[str, Any] = {"changed": changed, "refused": {"Domains": ["nowhere.example.org"]}}
    steps = check("acme_certificate", EXAMPLES["Custom::Certificate"], environment=environment, **changes)
    assert replaced(steps)
    assert steps["Create that is to fail"]["reason"] == "The authority refuses: No such name"
    assert len(authority.issued) == 2
    assert sorted(authority.revoked) == sorted(authority.issued)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".json")
    assert left == ["account.pem"]


@pytest.fixture(scope="module")
def mariadb() -> Iterator[dict[str, str]]:
    """Return the environment that leads to a server of these tests' own."""
    who = "handler@'127.0.0.1'"
    accounts = f"CREATE USER {who} IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO {who} WITH GRANT OPTION;\n"
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        data, port = f"--datadir={folder}/data", free_port()
        user = f"--user={pwd.getpwuid(os.getuid()).pw_name}"
        install = [
            "mariadb-install-db",
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            data,
            user,
        ]
        subprocess.run(install, capture_output=True, check=True)  # noqa: S603
        Path(folder, "accounts.sql").write_text(accounts)
        words = [f"--init-file={folder}/accounts.sql", f"--socket={folder}/socket", f"--port={port}"]
        words += ["--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-log-file-size=8M"]
        server = subprocess.Popen(["mariadbd", "--no-defaults", data, user, *words], stderr=subprocess.DEVNULL)  # noqa: S603, S607
        try:
            wait_for(port, server)
            account = {"USER": "handler", "PASSWORD": "secret", "HOST": "127.0.0.1", "PORT": str(port)}
            yield {f"MARIADB_{name}": value for name, value in account.items()}
        finally:
            server.terminate()
            server.wait(60)


def test_a_database_and_its_user(check: Check, mariadb: dict[str, str]) -> None:
    example = {**EXAMPLES["Custom::Database"], "Password": PASSWORD}
    changes: dict[str, Any] = {"changed": {"Database": "shop_2"}, "refused": {"Password": "short"}}
    steps = check("mariadb", example, environment=mariadb, **changes)
    assert replaced(steps)
    assert steps["Create that is to fail"]["reason"] == "Password has 12 characters or more"
    assert databases(mariadb) == set()


def test_a_database_s_user_has_it_and_nothing_else_and_another_s_is_left_alone(
    mariadb: dict[str, str],
) -> None:
    create = {
        "RequestType": "Create",
        "StackId": "stack",
        "LogicalResourceId": "Shop",
        "ResourceProperties": {"Database": "shop_1", "Password": PASSWORD},
    }
    assert handled(create, mariadb)["Data"]["User"] == "shop_1"
    theirs = {**mariadb, "MARIADB_USER": "shop_1", "MARIADB_PASSWORD": PASSWORD}
    assert databases(theirs, wanted="%") == {"information_schema", "shop_1"}
    another = {**create, "StackId": "another"}
    assert "is not this resource's" in handled(another, mariadb)["Reason"]
    delete = {**another, "RequestType": "Delete", "PhysicalResourceId": "mariadb/shop_1"}
    assert handled(delete, mariadb)["Status"] == "SUCCESS"
    assert databases(mariadb) == {"shop_1"}
    assert handled({**delete, "StackId": create["StackId"]}, mariadb)["Status"] == "SUCCESS"
    assert databases(mariadb) == set()


def databases(environment: dict[str, str], *, wanted: str = "shop%") -> set[str]:
    """Return the databases that an account sees, once it may log in."""
    of = {name: environment[f"MARIADB_{name.upper()}"] for name in ("user", "password", "host")}
    with pymysql.connect(**of, port=int(environment["MARIADB_PORT"])) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW DATABASES LIKE %s", (wanted,))
        return {name for (name,) in cursor.fetchall()}


def test_the_page_s_own_check_of_one(tmp_path: Path) -> None:
    (tmp_path / "workflows").symlink_to(pages.ROOT / "workflows")
    (script,) = pages.commands(PAGE)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own page
        ["/bin/sh", "-euc", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "This handler keeps the contract" in done.stdout
