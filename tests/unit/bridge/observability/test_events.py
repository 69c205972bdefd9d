"""Which events a bridge tells its observer, and that an observer that fails harms nothing."""

import pytest
from one_bridge import QUEUE, OneBridge

from customresource_bridge.bridge.observability.events import (
    Answered,
    Claimed,
    Event,
    GivenBack,
    Observers,
    Repeated,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
)
from customresource_bridge.clients.response_url import PutOutcome


def kinds(world: OneBridge) -> list[type[Event]]:
    return [type(event) for event in world.events]


def test_a_request_s_steps_are_told_in_their_order_with_how_long_they_took() -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.seconds = 3.0
    world.end()
    assert kinds(world) == [Claimed, Started, Settled, Answered]
    started, settled, answered = world.events[1:]
    assert isinstance(started, Started)
    assert (started.workflow, started.resumed) == ("w", False)
    assert isinstance(settled, Settled)
    assert settled.seconds == 3.0
    assert isinstance(answered, Answered)
    assert (answered.taken, answered.why, answered.total_seconds) == (ResponseOutcome.ACCEPTED, "", 3.0)


def test_an_execution_that_was_there_already_is_gone_on_with() -> None:
    first, second = OneBridge(), OneBridge()
    request_id = first.post()
    second.mistral.executions = first.mistral.executions
    first.claim()
    create = next(iter(first.mistral.executions))
    second.post(RequestId=request_id)
    second.bridge._claim_from(QUEUE)
    assert [type(event) for event in second.events] == [Claimed, Started]
    assert second.bridge.table.get(create) is not None
    (entry,) = second.bridge.table.all()
    second.bridge._handlers.handler(entry)._observe(entry, entry.request, None)  # type: ignore[arg-type]
    assert len(second.events) == 2  # told once


def test_another_copy_is_told() -> None:
    world = OneBridge()
    request_id = world.post()
    world.claim()
    world.post(RequestId=request_id)
    world.claim()
    assert kinds(world)[-1] is Repeated


def test_what_nobody_can_answer_is_told_with_the_request_id_it_claims_to_have() -> None:
    world = OneBridge()
    world.post(StackId="nonsense", RequestId="r\n1")
    world.claim()
    (event,) = world.events
    assert isinstance(event, SetAside)
    assert (event.queue, event.request_id) == (QUEUE, "r 1")


@pytest.mark.parametrize(
    ("delivery", "seconds", "taken"),
    [(PutOutcome.REFUSED, 0, ResponseOutcome.REFUSED), (PutOutcome.RETRY, 5000, ResponseOutcome.EXPIRED)],
)
def test_what_became_of_a_response_is_told(delivery: PutOutcome, seconds: float, taken: ResponseOutcome) -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.seconds = seconds
    world.deliveries = [(delivery, "status 400: no")] * 3
    world.end()
    last = world.events[-1]
    assert isinstance(last, Answered)
    assert (last.taken, last.why) == (taken, "status 400: no")


def test_the_answer_to_a_stack_that_is_gone_is_told() -> None:
    world = OneBridge()
    world.stack_exists = lambda *_: False  # type: ignore[method-assign]
    world.post()
    world.claim()
    world.deliveries = [(PutOutcome.RETRY, "no connection")]
    world.end()
    last = world.events[-1]
    assert isinstance(last, Answered)
    assert last.taken is ResponseOutcome.GONE


def test_one_that_is_given_back_is_told() -> None:
    world = OneBridge()
    world.post()
    world.claim()
    world.bridge._release(world.bridge.table.all()[0])
    assert kinds(world)[-1] is GivenBack


def test_an_observer_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_event: Event) -> None:
        raise KeyError("x")

    heard: list[Event] = []
    world = OneBridge(Observers([broken, heard.append]))
    world.post()
    world.claim()
    world.end()
    assert len(heard) == 4
    assert "failed on the event Claimed" in caplog.text
