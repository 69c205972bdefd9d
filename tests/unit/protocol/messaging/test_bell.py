from typing import Any

import golden
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import Bell, BusBell, RequestError, Secret, ids
from customresource_bridge.protocol.messaging.bell import OwnersTrust

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
    trusting = BusBell("a1b2", QUEUE, OwnersTrust("owner", Secret("t-secret")))
    assert BusBell.parse(trusting.to_dict()) == trusting
    assert "t-secret" not in repr(trusting)


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


@pytest.mark.parametrize("owner", ["jane.doe@example.org", "Jane Doe", "\u00fc" * 64])
def test_an_owner_may_have_any_id_that_a_directory_gives(owner: str) -> None:
    trusting = BusBell("a1b2", QUEUE, OwnersTrust(owner, Secret("t")))
    assert BusBell.parse(trusting.to_dict()) == trusting


@pytest.mark.parametrize(
    "named",
    [
        {"trust_id": "t"},
        {"owner_id": "o"},
        {"trust_id": "../../users/u", "owner_id": "o"},
        {"trust_id": "t", "owner_id": ["o"]},
        {"trust_id": "t", "owner_id": ""},
        {"trust_id": "t", "owner_id": "o" * 65},
    ],
)
def test_what_names_no_trust_that_can_be_used_is_a_bell_all_the_same(named: dict[str, Any]) -> None:
    assert BusBell.parse({"project_id": "a1b2", "queue": QUEUE, **named}) == BusBell("a1b2", QUEUE)


QUEUES = st.just(QUEUE) | st.builds(ids.stack_queue, st.uuids().map(str)) | st.text().map(ids.QUEUE_PREFIX.__add__)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "queue": QUEUES | golden.json_values,
        "project_id": st.text("0123456789abcdef-/.", max_size=70) | golden.json_values,
        "trust_id": st.text("0123456789abcdef-/.", max_size=70) | golden.json_values,
        "owner_id": st.just("owner") | golden.json_values,
        "more": golden.json_values,
    },
)


@given(golden.json_values | NEARLY)
def test_whatever_comes_as_a_bell_is_one_or_a_request_error(body: Any) -> None:
    try:
        bell = Bell.parse(body)
    except RequestError:
        return
    assert ids.is_stack_queue(bell.queue)
    assert Bell.parse(bell.to_dict()) == bell


@given(golden.json_values | NEARLY)
def test_whatever_comes_by_the_bus_is_a_bell_or_a_request_error(payload: Any) -> None:
    try:
        bell = BusBell.parse(payload)
    except RequestError:
        return
    assert ids.is_stack_queue(bell.queue)
    assert "/" not in bell.project_id
    assert BusBell.parse(bell.to_dict()) == bell
