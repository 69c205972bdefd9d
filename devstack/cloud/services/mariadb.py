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
from devstack.cloud.profile import HOST
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

NAME = "mariadb"
CLIENT = "mariadb-client"


def data_directory(settings: Settings) -> Path:
    """Where the tables are."""
    return settings.data / NAME


def server_config(settings: Settings) -> Path:
    """The server's option file."""
    return settings.conf / "mariadb.cnf"


def client_config(settings: Settings) -> Path:
    """The client's option file: it keeps the password out of command lines."""
    return settings.conf / "mariadb-client.cnf"


def _accounts(settings: Settings) -> Path:
    return settings.conf / "mariadb-accounts.sql"


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _server_options(settings: Settings) -> dict[str, ini.Value]:
    return {
        "user": _user(),
        "datadir": str(data_directory(settings)),
        # Relative to the data directory: a Unix socket's path has room for 107 bytes, and a clone may lie deep.
        "socket": "mariadb.sock",
        "pid-file": str(data_directory(settings) / "mariadb.pid"),
        "init-file": str(_accounts(settings)),
        "bind-address": HOST,
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
    }


def files(settings: Settings) -> Mapping[Path, str]:
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
        server_config(settings): ini.render({"mariadbd": _server_options(settings)}),
        client_config(settings): ini.render({"client": client}),
    }


def service(settings: Settings) -> Service:
    """Return the service."""
    return Service(
        NAME,
        ("mariadbd", f"--defaults-file={server_config(settings)}"),
        ready=lambda: query(settings, "SELECT 1") is not None,
        starts_after=("prepare",),
        files=files(settings),
    )


def query(settings: Settings, sql: str) -> str | None:
    """Run statements; None when the server does not take them."""
    done = subprocess.run(
        _client(settings, "mariadb"),
        input=sql,
        capture_output=True,
        text=True,
        env=clean(settings),
        check=False,
    )
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
    """Make the data directory: a copy of the one that was made at the first start, where there is one."""
    template = settings.cache / f"mariadb-{_version(settings)}"
    if not template.exists():
        _install(settings, template)
    shutil.copytree(template, data_directory(settings))


def _version(settings: Settings) -> str:
    done = subprocess.run(("mariadbd", "--version"), capture_output=True, text=True, env=clean(settings), check=True)
    return done.stdout.split()[2]


def _install(settings: Settings, target: Path) -> None:
    unfinished = settings.data / "mariadb-new"
    shutil.rmtree(unfinished, ignore_errors=True)
    log = settings.log_file("mariadb-install-db")
    command = (
        "mariadb-install-db",
        f"--defaults-file={server_config(settings)}",
        f"--datadir={unfinished}",
        f"--user={_user()}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, env=clean(settings), check=False)
    if done.returncode:
        raise StepFailed(NAME, "mariadb-install-db failed", log)
    unfinished.rename(target)
