"""Profiles: how a cloud of OpenStack's deployment tools differs from the plain one. Pure.

Each is one value of the table below; the services read its fields, and none of them asks for its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.cloud import ini

HOST = "127.0.0.1"
"""Where every service listens; without TLS it is where the others look for it, too."""


@dataclass(frozen=True)
class Profile:
    """A cloud's settings.

    tls: the APIs are behind HAProxy, by the certificates of a private CA.
    internal, public: the addresses under which the catalogue has them.
    character_set: of the databases, and of each connection to them.
    quorum_queues: RabbitMQ's queues are quorum queues and streams, named by a queue manager.
    notifications: the virtual host of RabbitMQ that notifications go to.
    token_seconds: how long Keystone's tokens live.
    other_region: one that the catalogue has before the cloud's own: whoever does not say which region is meant finds
        that one, and nobody there.
    identity_path: what the catalogue's addresses of Keystone end in.
    pools: over how many pools Zaqar spreads its queues; none is a store without pools.
    heat: more of heat.conf's [DEFAULT].
    hosts: how many machines it has, and bridges and gateways of the operator's on them; one has neither.
    """

    name: str = ""
    tls: bool = False
    internal: str = HOST
    public: str = HOST
    character_set: str = "utf8mb4"
    quorum_queues: bool = False
    notifications: str = "/"
    token_seconds: int = 3600
    other_region: str = ""
    identity_path: str = ""
    pools: int = 0
    heat: Mapping[str, ini.Value] = field(default_factory=dict)
    hosts: int = 1

    @property
    def suffix(self) -> str:
        """What tells its directory from another profile's."""
        return f"-{self.name}" if self.name else ""

    @property
    def scheme(self) -> str:
        """How the APIs are spoken to."""
        return "https" if self.tls else "http"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the APIs, each once."""
        return tuple(dict.fromkeys((self.internal, self.public)))

    @property
    def programs(self) -> Mapping[str, str]:
        """What it needs beside the plain cloud's: the program, and Debian's package."""
        proxy = {"haproxy": "haproxy"} if self.tls or self.hosts > 1 else {}
        secured = {"openssl": "openssl"} if self.tls else {}
        # What Galera copies a database with.
        many = {"mariabackup": "mariadb-backup", "socat": "socat"} if self.hosts > 1 else {}
        return {**proxy, **secured, **many}


PLAIN = Profile()
PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        PLAIN,
        # As Kolla-Ansible deploys with kolla_enable_tls_internal and kolla_enable_tls_external.
        Profile(
            "kolla",
            tls=True,
            internal="127.0.0.2",
            public="127.0.0.3",
            character_set="utf8mb3",
            quorum_queues=True,
            notifications="notifications",
            token_seconds=600,
            other_region="ElsewhereRegion",
            heat={"encrypt_parameters_and_properties": True, "reauthentication_auth_method": "trusts"},
        ),
        # As OpenStack-Helm's charts have it: one set of URLs, MariaDB's three-byte letters, and Heat's limits.
        Profile(
            "helm",
            character_set="utf8mb3",
            token_seconds=43200,
            other_region="ElsewhereRegion",
            identity_path="/v3",
            pools=2,
            heat={"max_resources_per_stack": 20, "max_nested_stack_depth": 3},
        ),
        # Three controllers as they are mostly set up: what decides by majority on all, two of each API behind HAProxy.
        Profile("ha", quorum_queues=True, hosts=3),
    )
}


def named(name: str) -> Profile:
    """Return a profile by its name; ValueError for one that is not known."""
    if name not in PROFILES:
        raise ValueError(f"CRB_CLOUD_PROFILE={name!r}: the profiles are {', '.join(sorted(filter(None, PROFILES)))}")
    return PROFILES[name]
