import json
from dataclasses import replace

from bridge_parts import HEARTBEAT, PROVIDER
from osc_parts import told
from visibility_parts import SeenCloud

from customresource_bridge.osc.bridges import ListBridges
from customresource_bridge.protocol import ids


def test_where_there_is_none_it_says_so() -> None:
    assert told(ListBridges, SeenCloud()) == "none\n"


def test_each_is_a_row_for_a_person_and_for_a_script() -> None:
    cloud = SeenCloud()
    heartbeat = replace(HEARTBEAT, host="de\x1bsk", in_flight=2, oldest=61)
    cloud.zaqar.post(ids.BRIDGE_QUEUE, heartbeat.to_dict(), ttl=90)
    (row,) = json.loads(told(ListBridges, cloud, "-f", "json"))
    assert row == {
        "Host": "de?sk",
        "PID": 7,
        "Mode": "tenant",
        "Version": "1.0",
        "Workers": 8,
        "In Flight": 2,
        "Oldest": 61,
        "Started": "2030-01-01T00:00:00+00:00",
        "Last Seen": 0,
        "Queue": None,
    }
    cloud.zaqar.post(ids.BRIDGE_QUEUE, PROVIDER.to_dict(), ttl=90)
    (provider,) = (row for row in json.loads(told(ListBridges, cloud, "-f", "json")) if row["Mode"] == "provider")
    assert provider["Queue"] == "zones"
    shown = told(ListBridges, cloud)
    assert "1m 1s" in shown
    assert "\x1b" not in shown
