"""A wrong configuration stops the gateway at its start, with the option's name and never a key."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway import conf
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.settle import SettleOutcome, Settler
from customresource_bridge.gateway.upstreams.heat_bus import BusSettler, NoBus
from customresource_bridge.protocol import Identity, Secret, Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.crypto.sealed import new_key


def build(folder: Path, text: str) -> Gateway:
    file = folder / "gateway.conf"
    file.write_text(f"[gateway]\n{text}\n")
    return conf.build(conf.load([str(file)]), clock=lambda: datetime.now(UTC))


def test_two_keys_are_enough(tmp_path: Path) -> None:
    gateway = build(tmp_path, f"gateway_keys = {new_key().reveal()},{new_key().reveal()}")
    assert gateway.max_body == 256 * 1024


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "gateway_keys"),
        ("gateway_keys = garbage", "key 1"),
        ("gateway_keys = KEY\nmax_response_bytes = lots", "max_response_bytes"),
        ("gateway_keys = KEY\nmax_response_bytes = 99999999", "max_response_bytes"),
        ("gateway_keys = KEY\nport = 70000", "port"),
        ("gateway_keys = KEY\nca_file = /nowhere.pem", "ca_file"),
        ("gateway_keys = KEY\nheat_bus_url = garbage", "heat_bus_url"),
        ("gateway_keys = KEY\nheat_bus_url = nosuch://u:garbage@h/", "heat_bus_url"),
        ("gateway_keys = KEY\nmetrics_directory = /nowhere", "metrics_directory"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    key = new_key().reveal()
    with pytest.raises(ConfigurationError, match=named) as caught:
        build(tmp_path, text.replace("KEY", key))
    assert key not in str(caught.value)
    assert "garbage" not in str(caught.value)


def test_heats_bus_is_a_way_only_where_it_is_named(tmp_path: Path) -> None:
    keys = f"gateway_keys = {new_key().reveal()}"
    assert isinstance(build(tmp_path, keys).bus, NoBus)
    assert isinstance(build(tmp_path, f"{keys}\nheat_bus_url = fake://").bus, BusSettler)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.conf"):
        conf.load(["/nowhere.conf"])


def test_it_logs_as_json_where_that_is_wanted(tmp_path: Path) -> None:
    file, log = tmp_path / "gateway.conf", tmp_path / "gateway.log"
    file.write_text(f"[DEFAULT]\nuse_json = true\nlog_file = {log}\n[gateway]\ngateway_keys = {new_key().reveal()}\n")
    conf.set_up_logs(conf.load([str(file)]))
    identity = Identity(stack_id="arn:openstack:heat::p:stacks/s/1", request_id="r", logical_resource_id="Dns")
    settler = Settler(signal=Away())
    assert (
        settler.settle(Secret("http://heat/secret"), HandlerAnswer(identity=identity, status=Status.FAILED))[0]
        is SettleOutcome.NOT_YET
    )
    (record,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert record["message"].startswith("Dns [r] in s/1: Heat did not take the response")
    assert record["extra"]["RequestId"] == "r"
    assert "secret" not in log.read_text()


class Away:
    """A Heat that cannot be reached."""

    def put(self, _url: Secret, _body: bytes) -> Signalled:
        return Signalled(outcome=Outcome.UNREACHABLE)

    def heat_lives(self, _url: Secret) -> bool:
        return False

    def keystone_lives(self, _auth_url: str) -> bool:
        return False
