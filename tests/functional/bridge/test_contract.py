"""One suite on the real Zaqar and Mistral and on their stand-ins: what unit tests believe is what the services do."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.compat import UTC
from customresource_bridge.testing import FakeMistral, FakeZaqar


@pytest.fixture(params=["real", "stand-in"])
def a_zaqar(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("zaqar") if request.param == "real" else FakeZaqar(time.monotonic)


@pytest.fixture
def queue(a_zaqar: Any) -> Iterator[str]:
    name = f"crbt-{uuid.uuid4()}"
    yield name
    a_zaqar.delete_queue(name)


def test_what_is_posted_is_claimed_in_order_and_by_one(a_zaqar: Any, queue: str) -> None:
    assert a_zaqar.claim_one(queue, ttl=60) is None
    for number in range(3):
        a_zaqar.post(queue, {"number": number, "text": "ä\U0001f600", "none": None, "real": 1.5}, ttl=300)
    claimed = [a_zaqar.claim_one(queue, ttl=60) for _ in range(4)]
    assert claimed.pop() is None
    assert [message.body["number"] for message in claimed] == [0, 1, 2]
    assert claimed[0].body == {"number": 0, "text": "ä\U0001f600", "none": None, "real": 1.5}


def test_a_claimed_one_is_given_back_and_deleted_only_by_its_claim(a_zaqar: Any, queue: str) -> None:
    a_zaqar.post(queue, {}, ttl=300)
    first = a_zaqar.claim_one(queue, ttl=60)
    a_zaqar.renew(first, ttl=120)
    assert list(a_zaqar.messages(queue)) == []
    a_zaqar.release(first)
    with pytest.raises(errors.NotFound):
        a_zaqar.renew(first, ttl=60)
    with pytest.raises(errors.Rejected):
        a_zaqar.delete(first)
    second = a_zaqar.claim_one(queue, ttl=60)
    with pytest.raises(errors.Rejected):
        a_zaqar.delete(first)
    with pytest.raises(errors.Forbidden):
        a_zaqar.delete(replace(second, claim_id=None))
    a_zaqar.post(queue, {}, ttl=300)
    other = a_zaqar.claim_one(queue, ttl=60)
    with pytest.raises(errors.Forbidden):
        a_zaqar.delete(replace(second, claim_id=other.claim_id))
    a_zaqar.delete(other)
    a_zaqar.delete(second)
    a_zaqar.delete(second)
    assert a_zaqar.claim_one(queue, ttl=60) is None


def test_hints_are_claimed_and_deleted_many_at_once(a_zaqar: Any, queue: str) -> None:
    assert a_zaqar.claim_hints(queue) == []
    a_zaqar.delete_all(queue, [])
    for number in range(23):
        a_zaqar.post(queue, {"number": number}, ttl=300)
    first = a_zaqar.claim_hints(queue)
    assert [message.body["number"] for message in first] == list(range(20))
    a_zaqar.delete_all(queue, first)
    a_zaqar.delete_all(queue, first)
    rest = a_zaqar.claim_hints(queue)
    assert [message.body["number"] for message in rest] == [20, 21, 22]
    a_zaqar.delete_all(queue, rest[:2])
    a_zaqar.release(rest[2])
    assert [message.body["number"] for message in a_zaqar.claim_hints(queue)] == [22]


def test_what_is_out_of_bounds_is_refused_but_for_how_long_a_message_lives(a_zaqar: Any, queue: str) -> None:
    with pytest.raises(errors.Rejected):
        a_zaqar.claim_one(queue, ttl=59)
    with pytest.raises(errors.Rejected):
        a_zaqar.post(queue, "x" * 256 * 1024, ttl=300)
    for ttl in (1, 10**9):
        a_zaqar.post(queue, {}, ttl=ttl)
    assert [message.ttl for message in a_zaqar.messages(queue)] == [60, 14 * 24 * 3600]


def test_queues_are_listed_beyond_a_page_and_deleted_twice(a_zaqar: Any) -> None:
    names = {f"crbt-{uuid.uuid4()}" for _ in range(23)}
    for name in names:
        a_zaqar.post(name, {}, ttl=300)
    assert names <= set(a_zaqar.queues("crbt-"))
    for name in [*names, *names]:
        a_zaqar.delete_queue(name)
    assert not names & set(a_zaqar.queues("crbt-"))


@pytest.fixture(params=["real", "stand-in"])
def a_mistral(request: pytest.FixtureRequest) -> Any:
    if request.param == "real":
        return request.getfixturevalue("mistral")
    return FakeMistral({"crbt_slow": frozenset({"request"})})


@pytest.fixture
def start(a_mistral: Any) -> Callable[..., Any]:
    def begin(key: str, workflow: str = "crbt_slow", **given: Any) -> Any:
        asked = {"request": {"ResourceProperties": {"seconds": 30}, "none": None}}
        return a_mistral.start(
            key,
            workflow,
            namespace=None,
            workflow_input=given.get("given", asked),
            description=given.get("description", f"heat-cr {key}"),
        )

    return begin


def test_an_id_is_started_once_and_cancelled_for_good(a_mistral: Any, start: Callable[..., Any]) -> None:
    key = str(uuid.uuid4())
    assert a_mistral.get(key) is None
    first, second = start(key), start(key)
    assert first.id == second.id == key
    assert not first.final
    assert a_mistral.get(key).input == {"request": {"ResourceProperties": {"seconds": 30}, "none": None}}
    assert a_mistral.described(f"heat-cr {key}") == [key]
    a_mistral.cancel(key)
    a_mistral.cancel(key)
    assert a_mistral.get(key).state == "CANCELLED"
    assert start(key).state == "CANCELLED"
    finished = a_mistral.finished_since(datetime.now(UTC) - timedelta(seconds=60))
    assert finished.states[key] == "CANCELLED"
    assert timedelta(seconds=-2) < datetime.now(UTC) - finished.latest < timedelta(seconds=60)


def test_what_is_no_request_s_by_its_description_is_not_told_of_when_it_ends(
    a_mistral: Any, start: Callable[..., Any]
) -> None:
    ours, other = str(uuid.uuid4()), str(uuid.uuid4())
    start(ours)
    start(other, description=f"of mine {other}")
    a_mistral.cancel(ours)
    a_mistral.cancel(other)
    finished = a_mistral.finished_since(datetime.now(UTC) - timedelta(seconds=60))
    assert ours in finished.states
    assert other not in finished.states


def test_what_cannot_be_started_says_why(start: Callable[..., Any]) -> None:
    with pytest.raises(errors.NotFound, match="Workflow not found"):
        start(str(uuid.uuid4()), "crbt_nobody")
    with pytest.raises(errors.Rejected, match="Invalid input"):
        start(str(uuid.uuid4()), given={"colour": 1})
    with pytest.raises(errors.ServiceUnavailable):
        start(f"{uuid.uuid4()}-longer")


def test_a_description_is_cut_to_what_mistral_stores(a_mistral: Any, start: Callable[..., Any]) -> None:
    key = str(uuid.uuid4())
    start(key, description="x" * 256)
    assert a_mistral.get(key).description == "x" * 255
    a_mistral.cancel(key)


def test_cancelling_what_is_not_there_is_no_error(a_mistral: Any) -> None:
    a_mistral.cancel(str(uuid.uuid4()))
