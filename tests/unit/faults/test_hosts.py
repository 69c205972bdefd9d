"""Which services a fault of a host's takes along, and what excuses it."""

import random
from pathlib import Path

import pytest
from faults import hosts, parted, rolling, sentinels
from faults.checker import BRIDGES_KILLED

from devstack.cloud.profile import named
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

HA = Settings(Path("/somewhere"), 21000, "a-secret", profile=named("ha"))
ALL = services(HA)
FAULTS = set(hosts.host_faults(HA, random.Random(1), away=1, stop=1))  # noqa: S311 - repeatable


def test_a_host_takes_along_all_that_listens_at_its_address_and_nothing_else() -> None:
    assert set(hosts.on_host(ALL, 3)) == {
        f"{kind}-3" for kind in ("mariadb", "galera-check", "redis", "redis-sentinel", "rabbitmq", "bridge")
    }
    on_some = [name for number in (1, 2, 3) for name in hosts.on_host(ALL, number)]
    assert set(ALL) - set(on_some) == {"haproxy", "rabbitmq-epmd"}
    assert len(on_some) == len(set(on_some))


@pytest.mark.parametrize(("address", "name"), [("127.0.0.11", "redis-1"), ("127.0.0.13", "redis-3")])
def test_the_master_is_found_by_a_sentinels_word(address: str, name: str) -> None:
    assert sentinels.named_by(HA, f"*2\r\n$10\r\n{address}\r\n$5\r\n21002\r\n") == name


def test_the_death_of_a_host_is_known_to_the_checker_as_that_of_its_bridge() -> None:
    assert {name for name in FAULTS if name.startswith("host ")} < BRIDGES_KILLED


def test_nothing_passes_between_two_parted_hosts_whoever_began() -> None:
    first, second = (line.split() for line in parted.rules(HA, (1, 3)).splitlines() if "daddr" in line)
    assert (first[5], second[5]) == ("127.0.0.13", "127.0.0.11")
    assert first[2] != second[2]
    assert first[-1] == second[-1]
    assert f"ct mark {first[-1]} drop" in parted.rules(HA, (1, 3))
    assert "127.0.0.12" not in parted.rules(HA, (1, 3))


def test_a_host_is_drained_when_none_of_its_servers_has_a_session() -> None:
    table = "# pxname,svname,qcur,qmax,scur\nzaqar,zaqar-1,0,0,0\nzaqar,zaqar-2,0,0,3\nheat-api,heat-api-1,0,0,1\n\n"
    assert rolling.busy(table, ["zaqar/zaqar-1", "heat-api/heat-api-1"]) == ["heat-api/heat-api-1"]
    assert rolling.busy(table, ["zaqar/zaqar-1"]) == []
