"""An answer that comes over the bus is kept as a signal's is, once, and only where the gateway has sealed it.

``make unit-plugin``.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from heat_tables import Tables, make_tables
from plugin_parts import pending

from customresource_bridge.plugin.answering import answers
from customresource_bridge.plugin.answering.answers import AnsweredStack, AnswerEffect
from customresource_bridge.plugin.answering.bus_endpoint import AnswerEndpoint
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import Identity, RequestType
from customresource_bridge.protocol.crypto.bus_answer import AnswerKeyring
from customresource_bridge.protocol.crypto.sealed import Sealed, new_key

KEYS = AnswerKeyring([new_key()])
SUCCESS = {"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Data": {"A": 1}}


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class Answered:
    """A resource whose request "r" is out, an engine worker, and what it woke."""

    def __init__(self, request_type: RequestType = RequestType.CREATE, **row: Any) -> None:
        self.tables = Tables()
        self.row_id = self.tables.row(**row)
        out = replace(pending(request_type=request_type), physical_resource_id="vm-1")
        at = self.tables.clock()
        self.tables.remember(
            self.row_id, State(pending=out), Lease(request_id="r", posts=1, next_post_at=at, expires_at=at)
        )
        self.woken: list[int] = []
        self.told: list[str] = []
        self.endpoint = AnswerEndpoint(KEYS, engine_id="own", take=self._take, now=self.tables.clock)

    def _take(self, stack: AnsweredStack, details: Any) -> AnswerEffect:
        seen = replace(stack, wake=self.woken.append, tell=lambda _row_id, _name, text: self.told.append(text))
        return answers.take(seen, details)

    def sealed(self, value: Any, *, request_id: str = "r", keys: AnswerKeyring = KEYS) -> str:
        stack_id = f"arn:openstack:heat::p:stacks/s/{self.tables.stack_uuid}"
        identity = Identity(stack_id=stack_id, request_id=request_id, logical_resource_id="a")
        now = self.tables.clock()
        return keys.seal(Sealed.for_request(None, identity, deadline=now + timedelta(hours=1)), value, now=now)

    def answer(self, value: Any = SUCCESS, **how: Any) -> str:
        reply = self.endpoint.take_answer({}, sealed=self.sealed(value, **how))
        self.reason = reply["reason"]
        return str(reply["outcome"])

    def kept(self) -> Any:
        found = resource_data.read_answers(self.tables.context, self.row_id)
        return {said: json.loads(text) for said, text in found.items()}


def test_the_first_answer_is_kept_and_wakes_the_resource() -> None:
    answered = Answered()
    assert answered.answer() == "kept"
    assert answered.kept()["r"]["PhysicalResourceId"] == "vm-1"
    assert answered.woken == [answered.row_id]


def test_the_same_once_more_is_kept_once_and_wakes_again() -> None:
    answered = Answered()
    assert [answered.answer(), answered.answer()] == ["kept", "kept"]
    assert len(answered.kept()) == 1
    assert answered.woken == [answered.row_id] * 2, "what kept it first may have died before it woke"


def test_another_answer_that_names_another_thing_is_kept_beside_it() -> None:
    answered = Answered()
    assert [answered.answer(), answered.answer({**SUCCESS, "PhysicalResourceId": "vm-2"})] == ["kept", "kept"]
    assert {kept["PhysicalResourceId"] for kept in answered.kept().values()} == {"vm-1", "vm-2"}


@pytest.mark.parametrize("how", [{"request_id": "another"}, {}], ids=["no row asked for it", "the row is deleted"])
def test_where_nothing_waits_it_is_gone(how: Any) -> None:
    answered = Answered() if how else Answered(action="DELETE", status="COMPLETE")
    assert answered.answer(**how) == "gone"
    assert (answered.kept(), answered.woken) == ({}, [])


def test_what_was_sealed_with_other_keys_is_not_kept() -> None:
    answered = Answered()
    assert answered.answer(keys=AnswerKeyring([new_key()])) == "seal"
    assert answered.kept() == {}


@pytest.mark.parametrize("message", [{}, {"sealed": None}, {"sealed": "r"}, {"sealed": json.dumps(SUCCESS)}])
def test_a_bare_request_id_or_answer_is_nothing(message: Any) -> None:
    answered = Answered()
    assert answered.endpoint.take_answer({}, **message)["outcome"] == "seal"
    assert answered.kept() == {}


def test_an_answer_names_the_request_of_its_token_whatever_it_says_itself() -> None:
    answered = Answered()
    assert answered.answer({**SUCCESS, "RequestId": "another"}) == "kept"
    assert list(answered.kept()) == ["r"]


def test_a_wrong_answer_fails_its_resource_and_says_why() -> None:
    answered = Answered()
    assert answered.answer({**SUCCESS, "Data": "text"}) == "refused"
    assert "Data is a string" in answered.reason
    assert answered.kept()["r"]["Status"] == "FAILED"


def test_of_a_delete_only_status_and_reason_count() -> None:
    answered = Answered(RequestType.DELETE)
    answered.answer({**SUCCESS, "Data": "text"})
    assert answered.kept()["r"]["Status"] == "SUCCESS"


def test_progress_is_told_and_takes_no_answers_place() -> None:
    answered = Answered()
    assert answered.answer({"Status": "IN_PROGRESS", "Reason": "copying"}) == "kept"
    assert (answered.kept(), answered.woken) == ({}, [])
    assert answered.told == ["Create in progress: copying (RequestId: r)"]


def test_a_database_that_is_away_is_not_yet_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_stack: Any, _details: Any) -> AnswerEffect:
        said = "INSERT hid" + "den"
        raise RuntimeError(said)

    answered = Answered()
    answered.endpoint = AnswerEndpoint(KEYS, engine_id="own", take=fails, now=answered.tables.clock)
    assert answered.answer() == "not_yet"
    assert "RuntimeError" in caplog.text
    assert "hidden" not in caplog.text


def test_a_later_gateway_s_further_arguments_are_let_be() -> None:
    answered = Answered()
    assert answered.endpoint.take_answer({}, sealed=answered.sealed(SUCCESS), later=1)["outcome"] == "kept"


def test_a_row_that_a_thread_of_the_same_worker_holds_is_left_to_it() -> None:
    answered = Answered(engine_id="own")
    endpoint = AnswerEndpoint(KEYS, engine_id="own", now=answered.tables.clock)
    assert endpoint.take_answer({}, sealed=answered.sealed(SUCCESS))["outcome"] == "kept"
    assert answered.tables.engine_of(answered.row_id) == "own"
