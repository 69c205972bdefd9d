from dataclasses import replace
from typing import Any

import golden
import pytest
from bridge_parts import HEARTBEAT, PROVIDER
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import RequestError
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat


@pytest.mark.parametrize(
    "heartbeat",
    [
        HEARTBEAT,
        replace(HEARTBEAT, in_flight=3, oldest=61),
        replace(HEARTBEAT, mode=BridgeMode.OPERATOR, stopped=True),
        PROVIDER,
    ],
)
def test_a_heartbeat_is_read_as_it_was_sent(heartbeat: Heartbeat) -> None:
    assert Heartbeat.parse(heartbeat.to_dict()) == heartbeat


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", "x" * 65),
        ("host", ""),
        ("pid", True),
        ("pid", -1),
        ("workers", "8"),
        ("in_flight", 2**60),
        ("oldest", 1.5),
        ("mode", "admin"),
        ("started_at", "yesterday"),
        ("queue", 7),
    ],
)
def test_what_is_wrong_with_it_is_named(field: str, value: Any) -> None:
    with pytest.raises(RequestError, match=field):
        Heartbeat.parse({**HEARTBEAT.to_dict(), field: value})


def test_what_a_later_release_adds_is_passed_over() -> None:
    assert Heartbeat.parse({**HEARTBEAT.to_dict(), "more": [1]}) == HEARTBEAT


FIELDS = st.dictionaries(st.sampled_from(sorted(HEARTBEAT.to_dict())), golden.json_values)


@given(golden.json_values | FIELDS.map(lambda changes: {**HEARTBEAT.to_dict(), **changes}))
def test_whatever_comes_as_a_heartbeat_is_one_or_a_request_error(body: Any) -> None:
    try:
        read = Heartbeat.parse(body)
    except RequestError:
        return
    assert Heartbeat.parse(read.to_dict()) == read
