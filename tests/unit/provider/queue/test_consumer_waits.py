"""A request that waits for isComplete, or with its answer, is gone on with, and keeps no other from its turn."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from provider_parts import BODY, World, message

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.provider.ending import Broke, Ending, Returned

NOT_YET, COMPLETE = Returned({"IsComplete": False}), Returned({"IsComplete": True, "Data": {"B": "2"}})


def test_what_waits_with_a_stranger_s_response_url_is_neither_asked_for_nor_opened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(BODY)
    consumer = world.completing(COMPLETE)
    consumer.serve_one()
    world.allowed = lambda _url: False  # type: ignore[method-assign]
    consumer.serve_one()
    assert (world.looks, world.put_bodies, consumer.waits()) == ([], [], False)
    assert "--allowed-base" in caplog.text
    assert "hidden" not in caplog.text


def test_what_is_not_complete_has_no_message_any_more_and_is_asked_at_its_interval() -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1", "Data": {"A": "1"}, "Job": 7})
    consumer = world.completing(NOT_YET, NOT_YET, COMPLETE, query_interval=10.0)
    assert consumer.serve_one() is True
    assert (len(world.deleted), world.put_bodies, consumer.waits()) == (1, [], True)
    for seconds in (0, 1, 9, 1, 9):
        world.now += timedelta(seconds=seconds)
        consumer.serve_one()
    assert [event["Job"] for event in world.looks] == [7, 7, 7]
    assert len(world.runs) == 1
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "zone-1")
    assert answer["Data"] == {"A": "1", "B": "2"}
    assert (consumer.waits(), consumer.serve_one()) == (False, False)


def test_while_one_waits_others_are_served() -> None:
    world = World(BODY, {**BODY, "RequestId": "request-2"})
    consumer = world.completing(NOT_YET, COMPLETE, COMPLETE)
    consumer.serve_one()
    consumer.serve_one()
    assert [event["RequestId"] for event, _ in world.runs] == ["request-1", "request-2"]


def test_a_copy_of_what_waits_is_dropped() -> None:
    world = World(BODY, BODY)
    consumer = world.completing(NOT_YET)
    consumer.serve_one()
    consumer.serve_one()
    assert (len(world.runs), len(world.deleted)) == (1, 2)


def test_what_waits_outlives_its_provider() -> None:
    world = World(BODY, BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    world.completing().serve_one()
    world.completing(COMPLETE).serve_one()
    assert len(world.runs) == 1
    assert [body["PhysicalResourceId"] for body in world.put_bodies] == ["zone-1"]


def test_a_provider_that_died_in_a_look_has_the_next_one_ask_again() -> None:
    def killed(_event: Mapping[str, Any], _seconds: float) -> Ending:
        raise SystemExit

    world = World(BODY)
    consumer = world.completing()
    consumer.serve_one()
    dying = replace(consumer, calls=replace(consumer.calls, is_complete=killed))
    with pytest.raises(SystemExit):
        dying.serve_one()
    world.now += timedelta(seconds=60)
    world.complete = [COMPLETE]
    consumer.serve_one()
    assert [body["Status"] for body in world.put_bodies] == ["SUCCESS"]


@pytest.mark.parametrize(("total", "seconds"), [(20.0, 20), (None, 597), (1000.0, 597)])
def test_what_is_not_complete_in_time_fails_and_keeps_its_id(total: float | None, seconds: int) -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    consumer = world.completing(NOT_YET, NOT_YET, NOT_YET, query_interval=5000.0, total_timeout=total)
    consumer.serve_one()
    consumer.serve_one()
    world.now += timedelta(seconds=seconds - 1)
    consumer.serve_one()
    assert (len(world.looks), world.put_bodies) == (1, [])
    world.now += timedelta(seconds=1)
    consumer.serve_one()
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "zone-1")
    assert "timed out" in answer["Reason"]
    assert consumer.waits() is False


def test_one_response_url_that_hangs_keeps_no_other_request_from_its_is_complete() -> None:
    world = World(BODY, {**BODY, "RequestId": "request-2"})
    consumer = world.completing(COMPLETE, NOT_YET, COMPLETE)
    consumer.serve_one()
    world.deliveries = [PutOutcome.SLOW, PutOutcome.ACCEPTED]
    consumer.serve_one()
    assert (len(world.put_bodies), world.pauses, len(world.deleted)) == (1, [], 2)
    consumer.serve_one()
    assert [event["RequestId"] for event in world.looks] == ["request-1", "request-2"]
    for _ in range(2):
        world.now += timedelta(seconds=30)
        consumer.serve_one()
    assert [(body["RequestId"], body["Status"]) for body in world.put_bodies] == [
        ("request-1", "SUCCESS"),
        ("request-2", "SUCCESS"),
        ("request-1", "SUCCESS"),
    ]
    assert (len(world.looks), consumer.waits()) == (3, False)


def test_an_answer_of_on_event_s_own_is_put_again_without_it_where_others_wait_for_is_complete() -> None:
    world = World(BODY)
    world.ending = Broke("The handler raised ValueError: no")
    world.deliveries = [PutOutcome.RETRY, PutOutcome.ACCEPTED]
    consumer = world.completing()
    consumer.serve_one()
    assert (len(world.put_bodies), world.pauses, len(world.deleted), consumer.waits()) == (1, [], 1, True)
    assert consumer.serve_one() is False
    world.now += timedelta(seconds=30)
    consumer.serve_one()
    assert world.put_bodies[1] == world.put_bodies[0]
    assert (len(world.runs), world.looks, consumer.waits()) == (1, [], False)


def test_an_answer_that_is_put_again_is_given_up_at_its_deadline() -> None:
    world = World(BODY)
    world.deliveries = [PutOutcome.RETRY]
    consumer = world.completing(COMPLETE)
    consumer.serve_one()
    for _ in range(5):
        world.now += timedelta(seconds=30)
        consumer.serve_one()
    assert (len(world.put_bodies), consumer.waits()) == (3, False)


@pytest.mark.parametrize(
    "names",
    [
        {"PreviousRequestId": "request-1"},
        {"PreviousRequestId": "never-begun", "EarlierRequests": [{"RequestId": "request-1"}]},
    ],
    ids=["the last", "one before the last"],
)
def test_a_request_that_takes_another_s_place_ends_it_and_heat_hears_its_id(names: dict[str, Any]) -> None:
    world = World(BODY)
    world.ending = Returned({"PhysicalResourceId": "zone-1"})
    consumer = world.completing(NOT_YET, NOT_YET, COMPLETE, query_interval=100.0)
    consumer.serve_one()
    consumer.serve_one()
    extras = {**BODY["OpenStack"], **names}  # type: ignore[dict-item]
    delete = {**BODY, "RequestType": "Delete", "RequestId": "r-2", "PhysicalResourceId": "derived", "OpenStack": extras}
    world.waiting.append(message(delete))
    for _ in range(3):
        consumer.serve_one()
    assert [(body["RequestId"], body["Status"], body["PhysicalResourceId"]) for body in world.put_bodies] == [
        ("request-1", "FAILED", "zone-1"),
        ("r-2", "SUCCESS", "derived"),
    ]


STILL = Returned(None, again=BODY)
DONE = Returned({"Status": "SUCCESS", "PhysicalResourceId": "job-1", "Data": {"A": "1"}})


def test_a_handler_of_crhelper_s_is_called_again_at_its_interval_until_it_answers() -> None:
    world = World(BODY)
    consumer = world.polling(STILL, DONE, query_interval=120.0)
    consumer.serve_one()
    assert (len(world.deleted), world.looks, consumer.waits()) == (1, [], True)
    for seconds in (119, 1, 119, 1):
        world.now += timedelta(seconds=seconds)
        consumer.serve_one()
    assert [event["CrHelperData"] for event in world.looks] == [{"PhysicalResourceId": "job-1"}] * 2
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", "job-1", {"A": "1"})
    assert (len(world.runs), consumer.waits()) == (1, False)


def test_a_poll_of_crhelper_s_outlives_its_provider_for_days() -> None:
    body = {**BODY, "OpenStack": {**BODY["OpenStack"], "Deadline": "2026-11-30T12:00:00+00:00"}}  # type: ignore[dict-item]
    world = World(body, body)
    world.polling(query_interval=120.0).serve_one()
    world.now += timedelta(days=6, hours=23)
    world.polling(DONE, query_interval=120.0).serve_one()
    assert len(world.runs) == 1
    assert [answer["PhysicalResourceId"] for answer in world.put_bodies] == ["job-1"]


def test_a_poll_of_crhelper_s_that_takes_too_long_fails_with_the_id_that_was_named() -> None:
    world = World(BODY)
    consumer = world.polling(STILL, query_interval=1000.0)
    consumer.serve_one()
    world.now += timedelta(seconds=597)
    consumer.serve_one()
    (answer,) = world.put_bodies
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "job-1")
    assert "poll_create returned nothing in time" in answer["Reason"]
