"""Which services a fault of a host's takes along, and what excuses it."""

import random
from pathlib import Path

import pytest
from faults import excuses, hosts
from faults.checker import BRIDGES_KILLED

from devstack.cloud.profile import named
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

HA = Settings(Path("/somewhere"), 21000, "a-secret", profile=named("ha"))
ALL = services(HA)
FAULTS = set(hosts.host_faults(HA, random.Random(1), away=1, stop=1))  # noqa: S311 - repeatable


def test_a_host_takes_along_all_that_listens_at_its_address_and_nothing_else() -> None:
    assert set(hosts.on_host(ALL, 3)) == {
        f"{kind}-3" for kind in ("mariadb", "redis", "redis-sentinel", "rabbitmq", "bridge")
    }
    on_some = [name for number in (1, 2, 3) for name in hosts.on_host(ALL, number)]
    assert set(ALL) - set(on_some) == {"haproxy", "rabbitmq-epmd"}
    assert len(on_some) == len(set(on_some))


@pytest.mark.parametrize(("address", "name"), [("127.0.0.11", "redis-1"), ("127.0.0.13", "redis-3")])
def test_the_master_is_found_by_a_sentinels_word(address: str, name: str) -> None:
    assert hosts.named_by(HA, f"*2\r\n$10\r\n{address}\r\n$5\r\n21002\r\n") == name


def test_what_takes_a_broker_or_a_database_along_is_known_to_the_checker_by_the_name_of_the_fault() -> None:
    assert excuses.HOSTS < FAULTS
    assert {"redis master killed"} == FAULTS - excuses.HOSTS  # no excuse: whoever waits asks again
    assert {name for name in FAULTS if name.startswith("host ")} < BRIDGES_KILLED
