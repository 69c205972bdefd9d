"""MariaDB, as the invoking user, with its own data directory.

MariaDB and not sqlite: zaqar's and mistral's migrations do not run on sqlite, and heat-engine's workers lock each
other out of it.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devstack.cloud import ini
from devstack.cloud.environ import clean
from devstack.cloud.errors import StepFailed
from devstack.cloud.hosts import Host
from devstack.cloud.profile import HOST
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "mariadb"
CLIENT = "mariadb-client"
GALERA = "/usr/lib/galera/libgalera_smm.so"
_NODE = Path(__file__).parents[1] / "galera-node.sh"


def data_directory(settings: Settings, host: Host) -> Path:
    """Where a host's tables are."""
    return settings.data / host.name(NAME)


def _temporary(settings: Settings, host: Host) -> Path:
    """Where a host's server keeps its temporary tables."""
    return settings.data / f"{host.name(NAME)}-tmp"


def server_config(settings: Settings, host: Host) -> Path:
    """The option file of a host's server."""
    return settings.conf / f"{host.name(NAME)}.cnf"


def client_config(settings: Settings) -> Path:
    """The client's option file: it keeps the password out of command lines."""
    return settings.conf / "mariadb-client.cnf"


def _accounts(settings: Settings) -> Path:
    return settings.conf / "mariadb-accounts.sql"


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _server_options(settings: Settings, host: Host) -> dict[str, ini.Value]:
    return {
        "user": _user(),
        "datadir": str(data_directory(settings, host)),
        # Its own: a server begins by deleting all temporary tables that lie there, those of another that runs among
        # them, whose statements then fail.
        "tmpdir": str(_temporary(settings, host)),
        # Relative to the data directory: a Unix socket's path has room for 107 bytes, and a clone may lie deep.
        "socket": "mariadb.sock",
        "pid-file": str(data_directory(settings, host) / "mariadb.pid"),
        "init-file": str(_accounts(settings)),
        "bind-address": host.address,
        "port": settings.port(NAME),
        "max-connections": 500,
        "character-set-server": settings.profile.character_set,
        "collation-server": f"{settings.profile.character_set}_general_ci",
        "skip-name-resolve": "ON",
        "performance-schema": "OFF",
        "innodb-log-file-size": "32M",
        "innodb-buffer-pool-size": "128M",
        # Survives the death of the process, not of the machine; a laptop's disk need not sync at every commit.
        "innodb-flush-log-at-trx-commit": 2,
        "innodb-doublewrite": "OFF",
        **(_cluster_options(settings, host) if not host.is_alone else {}),
    }


def _cluster_options(settings: Settings, host: Host) -> dict[str, ini.Value]:
    members = ",".join(settings.at(each, "galera") for each in settings.hosts)
    provider = (
        f"gmcast.listen_addr=tcp://{settings.at(host, 'galera')}",
        f"ist.recv_addr={settings.at(host, 'galera-increments')}",
        "gcache.size=64M",
    )
    return {
        "binlog-format": "ROW",
        "default-storage-engine": "InnoDB",
        "innodb-autoinc-lock-mode": 2,
        "wsrep-on": "ON",
        "wsrep-provider": GALERA,
        "wsrep-provider-options": f'"{";".join(provider)}"',
        "wsrep-cluster-name": f"crb{settings.port_base}",
        "wsrep-cluster-address": f"gcomm://{members}",
        "wsrep-node-name": host.name("host"),
        "wsrep-node-address": host.address,
        # Copies while the donor works on, which one by rsync does not; nor does that run as root.
        "wsrep-sst-method": "mariabackup",
        "wsrep-sst-auth": f"root:{settings.secret}",
        "wsrep-sst-receive-address": settings.at(host, "galera-copy"),
    }


def files(settings: Settings, host: Host) -> Mapping[Path, str]:
    """Return the option files of server and client."""
    client: dict[str, ini.Value] = {
        "host": HOST,
        "port": settings.port(NAME),
        "protocol": "tcp",
        "user": "crb",
        "password": settings.secret,
    }
    accounts = (
        f"CREATE USER IF NOT EXISTS crb@'{HOST}' IDENTIFIED BY '{settings.secret}';\n"
        f"GRANT ALL ON *.* TO crb@'{HOST}';\n"
        f"ALTER USER root@localhost IDENTIFIED BY '{settings.secret}';\n"
    )
    return {
        _accounts(settings): accounts,
        server_config(settings, host): ini.render({"mariadbd": _server_options(settings, host)}),
        client_config(settings): ini.render({"client": client}),
    }


def service(settings: Settings, host: Host) -> Service:
    """Return a host's service. Of several the first founds the cluster, and each copies what the one before it has."""
    config, first = server_config(settings, host), settings.hosts[0]
    node = (str(_NODE), str(config), str(data_directory(settings, host)), *(("may-found",) if host == first else ()))
    before = () if host == first else (settings.hosts[host.number - 2].name(NAME),)
    return Service(
        host.name(NAME),
        ("mariadbd", f"--defaults-file={config}") if host.is_alone else node,
        kind=NAME,
        ready=lambda: _is_ready(settings, host),
        starts_after=("prepare", *before),
        files=files(settings, host),
    )


def _is_ready(settings: Settings, host: Host) -> bool:
    """Say whether it takes statements; where there are several, whether it belongs to those that do."""
    if host.is_alone:
        return query(settings, "SELECT 1") is not None
    said = query(settings, "SHOW STATUS LIKE 'wsrep_ready'", f"--host={host.address}")
    return said is not None and "ON" in said.split()


def query(settings: Settings, sql: str, *options: str) -> str | None:
    """Run statements; None when the server does not take them, or has not within a minute."""
    try:
        done = subprocess.run(
            _client(settings, "mariadb", *options),
            input=sql,
            capture_output=True,
            text=True,
            env=clean(settings),
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def dump(settings: Settings, database: str, target: Path) -> None:
    """Write a database to a file."""
    with target.open("wb") as output:
        _checked(settings, "mariadb-dump", "--single-transaction", database, stdout=output)


def restore(settings: Settings, database: str, source: Path) -> None:
    """Make a database from a dump."""
    create(settings, database)
    with source.open("rb") as dumped:
        _checked(
            settings, "mariadb", "--init-command=SET unique_checks=0, foreign_key_checks=0", database, stdin=dumped
        )


def create(settings: Settings, database: str) -> None:
    """Make an empty database."""
    if query(settings, f"CREATE DATABASE {database}") is None:
        raise StepFailed(NAME, f"cannot create the database {database}", settings.log_file(NAME))


def _client(settings: Settings, program: str, *arguments: str) -> tuple[str, ...]:
    return (program, f"--defaults-file={client_config(settings)}", *arguments)


def _checked(settings: Settings, program: str, *arguments: str, stdin: object = None, stdout: object = None) -> None:
    done = subprocess.run(
        _client(settings, program, *arguments),
        stdin=stdin or subprocess.DEVNULL,  # type: ignore[arg-type]
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=clean(settings),
        check=False,
    )
    if done.returncode:
        problem = done.stderr.decode(errors="replace").strip()
        raise StepFailed(NAME, f"{program} {arguments[-1]}: {problem}", settings.log_file(NAME))


def make_empty(settings: Settings) -> None:
    """Make the data directories: copies of the one that was made at the first start, where there is one."""
    for host in settings.hosts:
        _temporary(settings, host).mkdir()
    template = settings.cache / f"mariadb-{_version(settings)}"
    if not template.exists():
        _install(settings, template)
    for host in settings.hosts:
        shutil.copytree(template, data_directory(settings, host))


def _version(settings: Settings) -> str:
    done = subprocess.run(("mariadbd", "--version"), capture_output=True, text=True, env=clean(settings), check=True)
    return done.stdout.split()[2]


def _install(settings: Settings, target: Path) -> None:
    unfinished = settings.data / "mariadb-new"
    shutil.rmtree(unfinished, ignore_errors=True)
    log = settings.log_file("mariadb-install-db")
    command = (
        "mariadb-install-db",
        f"--defaults-file={server_config(settings, settings.hosts[0])}",
        f"--datadir={unfinished}",
        f"--user={_user()}",
        *(() if settings.hosts[0].is_alone else ("--wsrep-on=OFF",)),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=clean(settings), check=False)
    if done.returncode:
        raise StepFailed(NAME, "mariadb-install-db failed", log)
    unfinished.rename(target)
