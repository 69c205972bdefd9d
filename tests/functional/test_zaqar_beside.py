"""The page on a Zaqar beside a cloud, carried out: another Zaqar on this cloud's Keystone, MariaDB and Redis.

The programs are those of the cloud's own environment, and the endpoints are another region's.
"""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pages
import pytest
import requests
import yaml
from functional.bridge_process import PROGRAM
from functional.gateway.running import free_port
from functional.tenant import until
from standalone import CLOUDS, ROOT, logged_in

from devstack.cloud import environ, settings

PAGE = "docs/how-to/zaqar-beside.md"
CLOUD = settings.load()
REGION, NAME, PASSWORD = "Beside", "zaqar-beside", "besidesecret"
ZAQAR, UWSGI = [text for language, text in pages.blocks(PAGE) if language == "ini"][:2]
(DATABASE,) = [text for language, text in pages.blocks(PAGE) if language == "sql"]
COMMANDS = pages.commands(PAGE)


def said(begins: str) -> list[str]:
    """Return the page's commands that begin so, and fail where there is none."""
    found = [words for words in COMMANDS if words.startswith(begins)]
    assert found, begins
    return found


def replaced(text: str, by: Mapping[str, str]) -> str:
    """Return a text of the page's with what is otherwise here, each of which it has to have."""
    for old, new in by.items():
        assert old in text, old
        text = text.replace(old, new)
    assert "<" not in text, text
    return text


def run(commands: list[str], cloud: str, clouds_yaml: Path, **more: str) -> str:
    """Run the client's commands in one shell as a user of clouds.yaml; return what they say."""
    path = f"{PROGRAM.parent}:{os.environ['PATH']}"
    here = {**os.environ, "PATH": path, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml), "OS_CLOUD": cloud, **more}
    done = subprocess.run(  # noqa: S603 - the page's
        ["/bin/bash", "-euc", "\n".join(commands)], env=here, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{commands}: {done.stdout}{done.stderr}"
    return done.stdout


def as_root(statements: str) -> None:
    """Run statements as the database server's root, whom it knows by its socket alone."""
    command = ["mariadb", "--no-defaults", "--user=root", "--socket=mariadb.sock"]
    known = {"MYSQL_PWD": CLOUD.secret, "PATH": os.environ["PATH"]}
    done = subprocess.run(  # noqa: S603 - relative, since a socket's path has room for 107 bytes
        command, input=statements, cwd=CLOUD.data / "mariadb", env=known, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Give the folder with the page's files, and the address that its Zaqar listens at; remove its database."""
    address = f"127.0.0.1:{free_port()}"
    database = re.sub(r"\bzaqar\b", "zaqar_beside", DATABASE)
    as_root("DROP DATABASE IF EXISTS zaqar_beside; DROP USER IF EXISTS zaqar_beside;")
    as_root(replaced(database, {"<the database''s password>": PASSWORD}))
    folder = tmp_path / ".zaqar"  # for /etc/zaqar: where oslo.config looks, too
    folder.mkdir()
    own = {
        # The cloud's Redis has no password, and few databases.
        ":<Redis' password>@10.0.0.10:6379": f"127.0.0.1:{CLOUD.port('redis')}",
        "&dbid=7": "&dbid=0",
        "zaqar:<the database's password>@10.0.0.10/zaqar": (
            f"zaqar_beside:{PASSWORD}@127.0.0.1:{CLOUD.port('mariadb')}/zaqar_beside"
        ),
        "http://10.0.0.10:5000": CLOUD.keystone_url,
        "https://keystone.example.org": CLOUD.keystone_url,
        "username = zaqar": f"username = {NAME}",
        "<the user's password>": PASSWORD,
        "<a long random text>": PASSWORD,
    }
    (folder / "zaqar.conf").write_text(replaced(ZAQAR, own))
    (folder / "uwsgi.ini").write_text(UWSGI.replace("10.0.0.11:8888", address))
    yield folder, address
    as_root("DROP DATABASE zaqar_beside; DROP USER zaqar_beside;")


@pytest.fixture
def clouds_yaml(tmp_path: Path) -> Path:
    """Return a clouds.yaml that leaves the region open."""
    known: dict[str, Any] = yaml.safe_load(CLOUDS.read_text())
    for one in known["clouds"].values():
        one.pop("region_name", None)
    own = tmp_path / "clouds.yaml"
    own.write_text(yaml.safe_dump(known))
    return own


@pytest.fixture
def catalogue(configured: tuple[Path, str], clouds_yaml: Path) -> Iterator[None]:
    """Have the catalogue name it, as the page says; remove that again."""
    _, address = configured
    keystone = logged_in("admin")
    made = [*said("openstack user"), *said("openstack role"), *said("openstack service"), *said("openstack endpoint")]
    commands = [re.sub(r"https?://\S+", f"http://{address}", words) for words in made]
    commands = [re.sub(r" zaqar\b", f" {NAME}", words).replace(" RegionOne ", f" {REGION} ") for words in commands]
    try:
        run([f"openstack region create {REGION}", *commands], "admin", clouds_yaml, ZAQAR_PASSWORD=PASSWORD)
        yield
    finally:
        for kind in ("users", "services"):
            for one in keystone.get(f"{CLOUD.keystone_url}/v3/{kind}", params={"name": NAME}).json()[kind]:
                keystone.delete(f"{CLOUD.keystone_url}/v3/{kind}/{one['id']}")
        keystone.delete(f"{CLOUD.keystone_url}/v3/regions/{REGION}", raise_exc=False)


@pytest.fixture
def served(configured: tuple[Path, str], tmp_path: Path) -> Iterator[None]:
    """Make its tables, and serve it, by the page's commands."""
    folder, address = configured
    env = {**environ.clean(CLOUD), "HOME": str(tmp_path)}
    (tables,) = said("/opt/zaqar/bin/zaqar-sql-db-manage")
    (unit,) = [line for line in pages.read(PAGE).splitlines() if line.startswith("ExecStart=")]
    make, serve = (
        shlex.split(words.replace("/opt/zaqar", str(CLOUD.venv)).replace("/etc/zaqar", str(folder)))
        for words in (tables, unit.removeprefix("ExecStart="))
    )
    done = subprocess.run(make, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    log = tmp_path / "zaqar.log"
    with log.open("w") as out:
        process = subprocess.Popen(serve, env=env, stderr=out, stdout=out, start_new_session=True)  # noqa: S603
    try:
        until(lambda: process.poll() is not None or _answers(address), "Zaqar answers or ends")
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:  # a uwsgi that still loads its application passes over it
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/", timeout=5).status_code == requests.codes.multiple_choices
    except requests.RequestException:  # it takes connections before it has loaded what answers them
        return False


@pytest.mark.usefixtures("catalogue", "served")
def test_it_serves_the_queues_of_every_project(clouds_yaml: Path, tmp_path: Path) -> None:
    commands = [*said("export OS_MESSAGE_CLIENT_ID="), *said("openstack messaging")]
    assert "hello" in run(commands, "demo", clouds_yaml, OS_REGION_NAME=REGION)
    assert "PUT /v2/queues/tried -> 201" in (tmp_path / "zaqar.log").read_text()


def test_its_version_is_the_one_of_the_standalone_cloud() -> None:
    (install,) = said("/opt/zaqar/bin/pip")
    named = [word for word in shlex.split(install) if "==" in word]
    assert named
    assert set(named) <= set((ROOT / "devstack/cloud/constraints.txt").read_text().split())


def test_each_command_is_run_or_root_s() -> None:
    as_root = ("python3 -m venv ", "/opt/zaqar/bin/pip install ", "useradd ", "install -")
    rest = [words for words in COMMANDS if not words.startswith((*as_root, "/opt/zaqar/bin/zaqar-sql-db-manage"))]
    assert all(words.startswith(("openstack ", "export OS_MESSAGE_CLIENT_ID=")) for words in rest)
