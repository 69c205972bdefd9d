"""The services' databases: migrated and filled at the first start, restored from a dump at later ones.

The dumps belong to one set of pins, one port base (the catalogue holds ports) and one password; see key().
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devstack.cloud import fingerprint, seed, venv
from devstack.cloud.environ import clean
from devstack.cloud.errors import StepFailed
from devstack.cloud.graph import Step
from devstack.cloud.services import haproxy, mariadb
from devstack.cloud.settings import REGION, Settings

NAMES = ("keystone", "zaqar", "mistral", "heat")


def key(settings: Settings) -> str:
    """Return what the dumps depend on."""
    sources = [Path(__file__), Path(seed.__file__), venv.REQUIREMENTS, *settings.release.constraints]
    return fingerprint.of_files(sources, str(settings.port_base), settings.secret, repr(settings.profile))


def steps(settings: Settings) -> list[Step]:
    """Return the steps that fill an empty MariaDB: db-<name> for each database, then seed."""
    kept, server = _directory(settings), ("mariadb", *(service.name for service in haproxy.services(settings)))
    if kept.is_dir():
        return [
            *(Step(f"db-{name}", server, lambda name=name: _restore(settings, name)) for name in NAMES),
            Step("seed", ("keystone",), lambda: None),
        ]
    unfinished = kept.with_suffix(".new")
    for old in settings.cache.glob("databases-*"):
        shutil.rmtree(old)
    unfinished.mkdir()
    return [
        *(Step(f"db-{name}", server, lambda name=name: _make(settings, name, unfinished)) for name in NAMES),
        Step("seed", ("keystone",), lambda: _seed(settings, unfinished)),
        Step("keep", ("seed", *(f"db-{name}" for name in NAMES)), lambda: _keep(unfinished, kept)),
    ]


def _directory(settings: Settings) -> Path:
    return settings.cache / f"databases-{key(settings)}"


def _restore(settings: Settings, name: str) -> None:
    mariadb.restore(settings, name, _directory(settings) / f"{name}.sql")


def _make(settings: Settings, name: str, target: Path) -> None:
    """Make one database and, unless it will be filled further, dump it before a service uses it."""
    mariadb.create(settings, name)
    for command in _migrations(settings)[name]:
        _run(settings, name, command)
    if name != "keystone":
        mariadb.dump(settings, name, target / f"{name}.sql")


def _seed(settings: Settings, target: Path) -> None:
    seed.seed(settings)
    mariadb.dump(settings, "keystone", target / "keystone.sql")


def _keep(unfinished: Path, kept: Path) -> None:
    unfinished.rename(kept)


def _migrations(settings: Settings) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    bootstrap = ["keystone-manage", "bootstrap", "--bootstrap-region-id", REGION]
    own = settings.keystone_url
    for interface, url in {"public": settings.public_url("keystone"), "internal": own, "admin": own}.items():
        bootstrap += [f"--bootstrap-{interface}-url", url + settings.profile.identity_path]
    return {
        "keystone": (("keystone-manage", "db_sync"), tuple(bootstrap)),
        "zaqar": (("zaqar-sql-db-manage", "upgrade", "head"),),
        "mistral": (("mistral-db-manage", "upgrade", "head"), ("mistral-db-manage", "populate")),
        "heat": (("heat-manage", "db_sync"),),
    }


def _run(settings: Settings, name: str, command: tuple[str, ...]) -> None:
    log = settings.log_file(f"db-{name}")
    environ = {**clean(settings), "OS_BOOTSTRAP_PASSWORD": settings.secret}
    with log.open("ab") as output:
        done = subprocess.run(
            (settings.program(command[0]), *command[1:]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd=settings.data,
            check=False,
        )
    if done.returncode:
        raise StepFailed(f"db-{name}", f"{' '.join(command[:2])} failed", log)
