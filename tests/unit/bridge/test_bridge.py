"""The bridge of one project: it forgets at once what is over, gathers nothing that runs long, and stops cleanly."""

import gc
from threading import Event
from typing import Any

import pytest
from one_bridge import QUEUE, OneBridge, broken

from customresource_bridge import errors
from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.events import GivenBack, SetAside
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.zaqar.dead_letters import redrive
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.crypto.signature import signed, verify


@pytest.fixture
def one() -> OneBridge:
    return OneBridge()


def in_memory() -> int:
    gc.collect()
    return sum(type(known) is InFlight for known in gc.get_objects())


def test_a_request_that_is_over_is_forgotten(one: OneBridge) -> None:
    before = in_memory()
    for number in range(3):
        one.post(LogicalResourceId=f"Thing{number}")
        one.claim()
    assert in_memory() == before + 3
    one.end()
    one.events.clear()
    assert len(one.answers) == 3
    assert in_memory() == before


def test_a_request_has_one_time_to_be_looked_at_however_often_it_is_looked_at(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.post()
    one.claim()
    (entry,) = one.bridge.table.all()
    for _ in range(10):
        one.bridge.submit(entry)
    asked: list[str] = []
    real = one.mistral.get

    def get(execution_id: str) -> object:
        asked.append(execution_id)
        return real(execution_id)

    monkeypatch.setattr(one.mistral, "get", get)
    one.later(31)
    assert len(asked) == 1
    one.later(31)
    assert len(asked) == 2


def test_a_bridge_that_stops_gives_back_what_it_holds(one: OneBridge) -> None:
    one.post()
    one.claim()
    one.bridge.start()
    assert one.bridge.stop() == {QUEUE}
    assert isinstance(one.events[-1], GivenBack)
    assert one.zaqar.claim_one(QUEUE, ttl=60) is not None


def test_a_slow_service_does_not_hold_up_a_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, answers = OneBridge(settings=Settings(stop_patience=0.01, give_back_patience=0.01)), Event()
    one.post()
    one.claim()
    monkeypatch.setattr(one.zaqar, "release", lambda _message: answers.wait(30))
    monkeypatch.setattr(one.zaqar, "claim_hints", lambda _queue: answers.wait(30) and [])
    one.bridge.start()
    assert one.bridge.stop() == {QUEUE}
    assert "not all of 1 requests are given back" in caplog.text
    answers.set()


def test_what_is_claimed_after_a_stop_has_ended_is_given_back_at_once(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.post()
    claim = one.zaqar.claim_one

    def late(queue: str, *, ttl: int) -> Message | None:
        one.bridge.stop()
        return claim(queue, ttl=ttl)

    monkeypatch.setattr(one.zaqar, "claim_one", late)
    one.claim()
    assert isinstance(one.events[-1], GivenBack)
    assert claim(QUEUE, ttl=60) is not None


def test_no_more_are_claimed_at_once_than_may_be_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    one, claimed = OneBridge(settings=Settings(max_in_flight=1)), list[str]()
    one.post()
    claim = one.zaqar.claim_one

    def two_at_once(queue: str, *, ttl: int) -> Message | None:
        claimed.append(queue)
        one.bridge._ready.add("another")
        one.bridge._claim_from(one.bridge._ready.take(0) or "")
        return claim(queue, ttl=ttl)

    monkeypatch.setattr(one.zaqar, "claim_one", two_at_once)
    one.claim()
    assert claimed == [QUEUE]
    assert len(one.bridge.table) == 1


def test_an_unexpected_error_leaves_the_request_to_be_tried_again(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(one.mistral, "start", lambda *_args, **_kwargs: 1 / 0)
        one.post()
        one.claim()
    assert "unexpected error" in caplog.text
    assert len(one.bridge.table) == 1
    one.later(60)
    one.end()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]


def minutes(one: OneBridge, number: int) -> None:
    for _ in range(number):
        one.later(60)
        for callback, args in one.bridge._claims._timers.due():
            callback(*args)


def test_an_unexpected_error_that_stays_ends_when_heat_waits_no_more(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = one.post()
    one.claim()
    monkeypatch.setattr(one.mistral, "get", lambda *_args: 1 / 0)
    minutes(one, 69)
    assert (len(one.bridge.table), one.dead_letters()) == (1, [])
    minutes(one, 3)
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0
    (letter,) = one.dead_letters()
    assert letter.reason == "The bridge failed at it until Heat waited no more: ZeroDivisionError"
    assert letter.message.body["body"]["RequestId"] == request_id
    assert [event.request_id for event in one.events if isinstance(event, SetAside)] == [request_id]


def test_what_was_set_aside_in_the_end_is_as_genuine_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = (Secret("a-key-of-the-operators"), Secret("the-key-before"))
    one = OneBridge(settings=Settings(keys=keys))
    one.zaqar.post(QUEUE, signed(one.body(), keys[1:]), ttl=7200)
    monkeypatch.setattr(one.mistral, "get", lambda *_args: 1 / 0)
    one.claim()
    minutes(one, 72)
    (letter,) = one.dead_letters()
    verify(letter.message.body["body"], keys)
    redrive(one.zaqar, letter, now=one.now())  # type: ignore[arg-type]
    monkeypatch.undo()
    one.claim()
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]
    assert one.zaqar.count(QUEUE) == one.zaqar.count(ids.DEAD_LETTER_QUEUE) == 0


def test_an_answer_to_what_cannot_be_read_is_not_tried_for_ever(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one, "put", lambda *_args, **_kwargs: 1 / 0)
    request_id = one.post("Explode")
    one.claim()
    minutes(one, 17)
    assert len(one.bridge.table) == one.zaqar.count(QUEUE) == 0
    assert [letter.message.body["body"]["RequestId"] for letter in one.dead_letters()] == [request_id]


def test_what_follows_an_answer_is_not_tried_for_ever(one: OneBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def has_no_credentials(*_args: object) -> None:
        raise errors.ConfigurationError("The credentials for OpenStack cannot be used")

    monkeypatch.setattr(one.zaqar, "delete", has_no_credentials)
    one.post()
    one.claim()
    one.end()
    minutes(one, 69)
    assert len(one.bridge.table) == 1
    minutes(one, 3)
    assert len(one.bridge.table) == 0
    assert len(one.answers) == 1


def test_a_traceback_is_in_the_log_for_each_tenth_attempt(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(one.mistral, "start", lambda *_args, **_kwargs: 1 / 0)
    one.post()
    one.claim()
    for _ in range(20):
        one.later(31)
    loud = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage().split(": ", 1)[1] for record in loud] == [
        f"attempt {number}: unexpected error" for number in (1, 11, 21)
    ]
    assert all(record.exc_info for record in loud)


def test_an_unexpected_error_after_the_claim_was_lost_leaves_the_message_to_its_new_holder(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one.mistral, "get", lambda *_args: 1 / 0)
    one.post()
    one.claim()
    one.bridge.table.all()[0].claimed = False
    one.later(31)
    one.later(3600 + GIVE_UP.total_seconds())
    assert len(one.bridge.table) == 0
    assert one.dead_letters() == []


def test_where_nothing_can_be_done_any_more_a_request_is_let_go_and_its_message_stays(
    one: OneBridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, handled: list[Any]
) -> None:
    one.post()
    one.claim()
    monkeypatch.setattr(one.mistral, "get", lambda *_args: 1 / 0)
    minutes(one, 69)
    monkeypatch.setattr(one.zaqar, "post", broken)
    minutes(one, 3)
    assert "let go, its claim will run out: RuntimeError" in caplog.text
    assert not any(handled)
    assert len(one.bridge.table) == 0
    assert one.zaqar.count(QUEUE) == 1


def test_the_stacks_of_two_users_of_one_project_run_each_as_its_own_owner(one: OneBridge) -> None:
    one.trusting = {"alice", "bob"}
    for owner in ("alice", "bob"):
        one.post(LogicalResourceId=owner, OpenStack=one.extras(OwnerId=owner))
        one.claim()
    given = {key: execution.input["request"] for key, execution in one.mistral.executions.items()}
    assert one.ran_as == {key: request["LogicalResourceId"] for key, request in given.items()}
    assert "OwnerId" not in str(given)
    one.end()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS", "SUCCESS"]


def test_a_request_waits_for_a_trust_of_its_own_owner_and_takes_no_other_s(one: OneBridge) -> None:
    one.trusting = {"bob"}
    one.post(OpenStack=one.extras(OwnerId="alice"))
    one.claim()
    assert (one.mistral.executions, one.answers) == ({}, [])
    one.trusting.add("alice")
    one.later(60)
    assert list(one.ran_as.values()) == ["alice"]


def test_a_request_whose_owner_gives_no_trust_fails_and_says_so(one: OneBridge) -> None:
    one.post(OpenStack=one.extras(OwnerId="alice"))
    one.claim()
    assert one.answers == []
    one.later(60)
    assert not one.mistral.executions
    assert "user alice gives no trust" in one.answers[0]["Reason"]


def test_what_an_owner_who_has_left_began_is_still_answered_and_stopped(one: OneBridge) -> None:
    one.trusting = {"alice"}
    for name in ("First", "Second"):
        one.post(LogicalResourceId=name, OpenStack=one.extras(OwnerId="alice"))
        one.claim()
    one.trusting.clear()
    first, second = one.mistral.executions
    one.mistral.end(first, "SUCCESS", output={"physical_resource_id": "thing-1"}, state_info=None)
    one.bridge._watcher.tick()
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]
    one.later(3601)
    assert one.mistral.executions[second].state == "CANCELLED"


def test_what_an_owner_who_has_left_began_is_no_unmade_thing_for_the_next_bridge(one: OneBridge) -> None:
    one.trusting = {"alice"}
    one.post(OpenStack=one.extras(OwnerId="alice"))
    one.claim()
    (execution,) = one.mistral.executions
    one.trusting.clear()
    one.restart(Routes())
    one.seconds += 130
    one.claim()
    for _ in range(10):
        one.later(30)
    assert one.answers == []
    one.mistral.end(execution, "SUCCESS", output={"physical_resource_id": "thing-1"}, state_info=None)
    one.later(60)
    assert [answer["Status"] for answer in one.answers] == ["SUCCESS"]


def test_a_request_of_a_plugin_that_named_no_owner_yet_runs_as_the_project_s_user(one: OneBridge) -> None:
    one.post()
    one.claim()
    assert (len(one.mistral.executions), one.ran_as) == (1, {})
