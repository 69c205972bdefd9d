from typing import Any

import pytest

from customresource_bridge.protocol import Bell, BusBell, RequestError, ids

QUEUE = ids.stack_queue("0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4")


def test_a_bell_is_read_as_it_was_sent() -> None:
    assert Bell.parse(Bell(QUEUE).to_dict()) == Bell(QUEUE)


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"queue": None}, {"queue": 7}, {"queue": "orders"}, {"queue": ids.BELL_QUEUE}]
)
def test_a_bell_names_a_stack_s_queue_and_nothing_else(body: Any) -> None:
    with pytest.raises(RequestError, match=r"bell|queue"):
        Bell.parse(body)


def test_a_bus_bell_is_read_as_it_was_sent() -> None:
    assert BusBell.parse(BusBell("a1b2", QUEUE).to_dict()) == BusBell("a1b2", QUEUE)


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"project_id": "a1b2"},
        {"queue": QUEUE},
        {"project_id": "", "queue": QUEUE},
        {"project_id": "../v3", "queue": QUEUE},
        {"project_id": "a" * 65, "queue": QUEUE},
        {"project_id": 7, "queue": QUEUE},
        {"project_id": "a1b2", "queue": "orders"},
    ],
)
def test_a_bus_bell_names_a_project_and_a_stack_s_queue(payload: Any) -> None:
    with pytest.raises(RequestError, match=r"bell|queue|project"):
        BusBell.parse(payload)
