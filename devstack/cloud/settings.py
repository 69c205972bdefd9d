"""Where the cloud keeps its things, its ports and its passwords: one frozen value that every part is given."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.cloud import hosts, ports, profile, release
from devstack.cloud.hosts import Host
from devstack.cloud.profile import HOST, PLAIN, Profile
from devstack.cloud.release import NEWEST, Release

REGION = "RegionOne"
STATE = ".cloud"
"""The directory of a clone's cloud, with release and profile behind it; CRB_CLOUD_STATE names another, for a second."""


@dataclass(frozen=True)
class Settings:
    """One clone's cloud."""

    repository: Path
    port_base: int
    secret: str
    debug: bool = False
    state: str = STATE
    release: Release = NEWEST
    profile: Profile = PLAIN

    @property
    def root(self) -> Path:
        """The directory that holds everything."""
        return self.repository / self.state

    @property
    def venv(self) -> Path:
        """The virtual environment of a release's services, one for all clouds of the clone that run it."""
        return self.repository / STATE / f"venv{self.release.suffix}"

    @property
    def conf(self) -> Path:
        """Configuration files, written anew at each start; HOME of every service, which is how they find theirs."""
        return self.root / "conf"

    @property
    def data(self) -> Path:
        """The services' data, emptied when the whole cloud is started."""
        return self.root / "data"

    @property
    def cache(self) -> Path:
        """What survives: migrated databases, keys, the password."""
        return self.root / "cache"

    @property
    def log(self) -> Path:
        """One log file per service."""
        return self.root / "log"

    @property
    def run(self) -> Path:
        """One process record per running service."""
        return self.root / "run"

    @property
    def clouds_yaml(self) -> Path:
        """What the openstack client reads."""
        return self.root / "clouds.yaml"

    def log_file(self, name: str) -> Path:
        """The log of a service or of a step of the preparation."""
        return self.log / f"{name}.log"

    def program(self, name: str) -> str:
        """A program of the cloud's venv."""
        return str(self.venv / "bin" / name)

    def port(self, name: str) -> int:
        """The port of a service."""
        return ports.port(self.port_base, name)

    def url(self, name: str) -> str:
        """The address at which the services find a service's API, without a path."""
        return f"{self.profile.scheme}://{self.profile.internal}:{self.port(name)}"

    def public_url(self, name: str) -> str:
        """The address at which everybody else finds it."""
        return f"{self.profile.scheme}://{self.profile.public}:{self.port(name)}"

    @property
    def hosts(self) -> tuple[Host, ...]:
        """The machines."""
        return hosts.of(self.profile.hosts)

    @property
    def api_hosts(self) -> tuple[Host, ...]:
        """Those that APIs, engines and gateways are on."""
        return self.hosts[: hosts.WITH_APIS]

    def at(self, host: Host, name: str) -> str:
        """Where a host's own service listens, as address:port."""
        return f"{host.address}:{self.port(name)}"

    def own_url(self, host: Host, name: str) -> str:
        """The address of one host's API, past what stands before all of them."""
        return self.url(name) if host.is_alone else f"http://{self.at(host, name)}"

    @property
    def keystone_url(self) -> str:
        """Keystone's address without a version, as it stands in the catalogue."""
        return self.url("keystone")

    @property
    def ca_file(self) -> Path | None:
        """The private CA of the APIs' certificates."""
        return self.cache / "tls" / "ca.pem" if self.profile.tls else None

    @property
    def transport_url(self) -> str:
        """RabbitMQ with all of its nodes, as oslo.messaging wants it."""
        nodes = (f"crb:{self.secret}@{self.at(host, 'rabbitmq')}" for host in self.hosts)
        return f"rabbit://{','.join(nodes)}/"

    @property
    def notification_url(self) -> str:
        """RabbitMQ for notifications."""
        return self.transport_url + self.profile.notifications.lstrip("/")

    def database_url(self, name: str) -> str:
        """A service's database, as SQLAlchemy wants it."""
        return f"mysql+pymysql://crb:{self.secret}@{HOST}:{self.port('mariadb')}/{name}?charset={self.profile.character_set}"


def repository() -> Path:
    """Return the clone that this file belongs to."""
    return Path(__file__).resolve().parents[2]


def recorded_base(state: Path) -> int | None:
    """Return the port base that this clone used last, if any."""
    try:
        return ports.parse_base((state / "port_base").read_text().strip())
    except (OSError, ValueError):
        return None


def record_base(settings: Settings) -> None:
    """Keep the port base for the next command."""
    (settings.root / "port_base").write_text(f"{settings.port_base}\n")


def parse_state(text: str) -> str:
    """Read CRB_CLOUD_STATE; ValueError says what is wrong with it."""
    if not re.fullmatch(r"\.cloud[\w.-]*", text):
        raise ValueError(f"CRB_CLOUD_STATE={text!r} must be a name like .cloud-2: such directories git ignores")
    return text


def state_name(environ: Mapping[str, str]) -> str:
    """Return the name of the cloud's directory, by CRB_CLOUD_STATE or by release and profile."""
    chosen = release.named(environ.get("CRB_CLOUD_RELEASE", "")), profile.named(environ.get("CRB_CLOUD_PROFILE", ""))
    return parse_state(environ.get("CRB_CLOUD_STATE") or f"{STATE}{''.join(each.suffix for each in chosen)}")


def load_secret(state: Path) -> str:
    """Return this clone's one password, made up at the first call."""
    path = state / "cache" / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(24))
    return path.read_text().strip()


def load(environ: Mapping[str, str] | None = None, *, where: Path | None = None) -> Settings:
    """Read what is known about this clone's cloud; ValueError for a bad CRB_CLOUD_* variable."""
    environ = os.environ if environ is None else environ
    clone = where or repository()
    wanted = environ.get("CRB_CLOUD_PORT_BASE")
    name = state_name(environ)
    state = clone / name
    base = ports.parse_base(wanted) if wanted else recorded_base(state) or ports.DEFAULT_BASE
    state.mkdir(mode=0o700, exist_ok=True)
    debug = environ.get("CRB_CLOUD_DEBUG", "") not in {"", "0"}
    return Settings(
        clone,
        base,
        load_secret(state),
        debug=debug,
        state=name,
        release=release.named(environ.get("CRB_CLOUD_RELEASE", "")),
        profile=profile.named(environ.get("CRB_CLOUD_PROFILE", "")),
    )
