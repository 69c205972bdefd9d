"""A cloud of several hosts: each service of a host's at its own address, and everybody told of all that are alike."""

import configparser
from pathlib import Path

import pytest

from devstack.cloud import bridge_conf, graph, ports, starter
from devstack.cloud.profile import named
from devstack.cloud.service import Service
from devstack.cloud.services import galera_check, operator
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

HA = Settings(Path("/somewhere"), 21000, "a-secret-of-more-than-32-characters", profile=named("ha"))
PLAIN = Settings(Path("/somewhere"), 21000, "a-secret")
ALL = services(HA)
ADDRESSES = ["127.0.0.11", "127.0.0.12", "127.0.0.13"]


def text(service: str, file: str) -> str:
    return next(text for path, text in ALL[service].files.items() if path.name == file)


def conf(service: str, file: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, default_section="none of them")
    parser.read_string(text(service, file))
    return parser


def numbers(kind: str) -> list[int]:
    return [int(name.rpartition("-")[2]) for name, service in ALL.items() if service.kind == kind]


@pytest.mark.parametrize("kind", ["mariadb", "redis", "redis-sentinel", "rabbitmq", "bridge"])
def test_what_decides_by_majority_and_the_bridges_are_on_three_hosts(kind: str) -> None:
    assert numbers(kind) == [1, 2, 3]


@pytest.mark.parametrize(
    "kind", ["keystone", "zaqar", "mistral-api", "mistral-server", "heat-api", "heat-api-cfn", "heat-engine", "gateway"]
)
def test_apis_engines_and_gateways_are_on_two(kind: str) -> None:
    assert numbers(kind) == [1, 2]


def test_no_host_writes_a_file_of_anothers() -> None:
    written: dict[Path, str] = {}
    for service in ALL.values():
        for path, content in service.files.items():
            assert written.setdefault(path, content) == content, path


def test_a_process_listens_at_its_hosts_address() -> None:
    for number, address in enumerate(ADDRESSES[:2], 1):
        assert conf(f"zaqar-{number}", f"uwsgi-zaqar-{number}.ini")["uwsgi"]["http-socket"] == f"{address}:21006"
        assert conf(f"gateway-{number}", f"gateway-{number}.conf")["gateway"]["host"] == address
    for number, address in enumerate(ADDRESSES, 1):
        assert conf(f"mariadb-{number}", f"mariadb-{number}.cnf")["mariadbd"]["bind-address"] == address
        assert ALL[f"rabbitmq-{number}"].environ["RABBITMQ_NODE_IP_ADDRESS"] == address
        assert text(f"redis-{number}", f"redis-{number}.conf").startswith(f"bind {address}\n")


def test_a_database_server_has_a_directory_for_temporary_tables_of_its_own() -> None:
    """It begins by deleting all that is there: two clouds that started at once failed each other's installation."""
    directories = [conf(f"mariadb-{number}", f"mariadb-{number}.cnf")["mariadbd"]["tmpdir"] for number in (1, 2, 3)]
    assert directories == [str(HA.data / f"mariadb-{number}-tmp") for number in (1, 2, 3)]


def test_everybody_knows_all_brokers_and_comes_to_the_apis_and_the_database_by_what_stands_before_them() -> None:
    found = conf("heat-engine-1", "heat.conf")
    url = found["DEFAULT"]["transport_url"]
    assert [f"@{address}:21003" in url for address in ADDRESSES] == [True, True, True]
    assert "@127.0.0.1:21001/heat" in found["database"]["connection"]
    assert found["keystone_authtoken"]["auth_url"] == "http://127.0.0.1:21000"
    assert url in bridge_conf.render(HA)
    proxy = text("haproxy", "haproxy.cfg")
    for address in ADDRESSES[:2]:
        assert f"server zaqar-{ADDRESSES.index(address) + 1} {address}:21006" in proxy
    assert proxy.count("  server mariadb-") == 3


def test_a_node_of_the_database_is_used_by_what_it_says_of_itself() -> None:
    proxy = text("haproxy", "haproxy.cfg")
    assert "option httpchk GET /\n" in proxy
    assert "  server mariadb-2 127.0.0.12:21001 check port 21019\n" in proxy
    assert ALL["galera-check-2"].command[-3:-1] == ("127.0.0.12:21019", "127.0.0.12:21001")


SYNCED = {"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state": "4"}


def test_a_node_is_fit_that_belongs_to_the_majority_and_has_what_the_others_have() -> None:
    assert galera_check.unfit(SYNCED) == ""
    assert galera_check.unfit({**SYNCED, "wsrep_local_state": "2"}) == ""  # copies itself to another, and works on


@pytest.mark.parametrize(
    "lack", [{"wsrep_ready": "OFF"}, {"wsrep_cluster_status": "non-Primary"}, {"wsrep_local_state": "3"}]
)
def test_another_node_is_not(lack: dict[str, str]) -> None:
    assert galera_check.unfit({**SYNCED, **lack})
    assert galera_check.unfit({})


def test_where_there_is_another_mistral_goes_on_with_what_one_began() -> None:
    found = conf("mistral-server-1", "mistral.conf")
    assert found["DEFAULT"]["scheduler_type"] == "default"
    assert int(found["action_heartbeat"]["first_heartbeat_timeout"]) < 3600
    (alone,) = (text for path, text in services(PLAIN)["mistral-server"].files.items() if path.name == "mistral.conf")
    assert "scheduler_type" not in alone


def test_a_database_of_its_own_is_founded_by_the_first_host_alone() -> None:
    assert [ALL[f"mariadb-{number}"].command[-1] == "may-found" for number in (1, 2, 3)] == [True, False, False]
    members = {
        conf(f"mariadb-{number}", f"mariadb-{number}.cnf")["mariadbd"]["wsrep-cluster-address"] for number in (1, 2, 3)
    }
    assert members == {"gcomm://127.0.0.11:21011,127.0.0.12:21011,127.0.0.13:21011"}


def test_the_master_is_looked_for_by_the_sentinels() -> None:
    uri = conf("zaqar-1", "zaqar.conf")["drivers:message_store:redis"]["uri"]
    assert uri == "redis://127.0.0.11:21014,127.0.0.12:21014,127.0.0.13:21014?master=crb&socket_timeout=10"
    cache = conf("keystone-2", "keystone.conf")["cache"]
    assert cache["backend"] == "dogpile.cache.redis_sentinel"
    assert cache["redis_sentinels"] == "127.0.0.11:21014,127.0.0.12:21014,127.0.0.13:21014"
    assert cache["backend_argument"] == "distributed_lock:false"
    assert "\nprocesses = 3\n" in text("keystone-2", "uwsgi-keystone-2.ini")
    assert "replicaof" not in text("redis-1", "redis-1.conf")
    assert "replicaof 127.0.0.11 21002\n" in text("redis-3", "redis-3.conf")
    assert "sentinel monitor crb 127.0.0.11 21002 2\n" in text("redis-sentinel-3", "redis-sentinel-3.conf")


def test_a_keystone_with_its_cache_in_its_memory_is_one_process() -> None:
    told = {path.name: text for path, text in services(PLAIN)["keystone"].files.items()}
    assert "backend = dogpile.cache.memory_pickle\n" in told["keystone.conf"]
    assert "\nprocesses = 1\n" in told["uwsgi-keystone.ini"]


def test_engines_are_told_apart_by_the_names_of_their_hosts() -> None:
    assert [ALL[f"heat-engine-{number}"].environ["OS_DEFAULT__HOST"] for number in (1, 2)] == ["host-1", "host-2"]
    assert ALL["mistral-server-2"].environ["OS_EXECUTOR__HOST"] == "host-2"


def test_heat_bridges_and_gateways_share_their_keys() -> None:
    told = configparser.ConfigParser(interpolation=None)
    told.read_string(operator.heat_options(HA, "the-id"))
    mine = told["custom_resource"]
    assert mine["bridge_user_id"] == "the-id"
    assert mine["gateway_url"] == conf("bridge-3", "bridge-3.conf")["response"]["allowed_bases"]
    assert mine["signature_keys"] == conf("bridge-1", "bridge-1.conf")["security"]["signature_keys"]
    assert mine["gateway_keys"] == conf("gateway-2", "gateway-2.conf")["gateway"]["gateway_keys"]


def test_what_several_hosts_have_is_waited_for_by_its_kind() -> None:
    waits = {name for service in ALL.values() for name in (*service.starts_after, *service.ready_after)}
    assert {"rabbitmq", "mariadb", "heat-engine"} <= waits
    wanted = [service for service in ALL.values() if service.kind == "redis"]
    assert starter.kinds(wanted)[0].needs == ("redis-1", "redis-2", "redis-3")
    graph.check([*(graph.Step(service.name, (), lambda: None) for service in wanted), *starter.kinds(wanted)])


def test_one_hosts_service_is_waited_for_by_its_own_name() -> None:
    alone: list[Service] = list(services(PLAIN).values())
    assert starter.kinds(alone) == []
    assert not {operator.BRIDGE, operator.GATEWAY} & {service.kind for service in alone}


def test_a_port_is_known_by_the_kind() -> None:
    kinds = {service.kind for service in ALL.values() if service.kind}
    assert kinds - set(ports.OFFSETS) == {"mistral-server", "heat-engine"}  # they listen nowhere
