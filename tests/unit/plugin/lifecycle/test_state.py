import json
from dataclasses import replace
from typing import Any

from life_cycle_parts import DERIVED, NOW, ONE, TWO, accepted, asked, created, failure, success

from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    Checked,
    CleanUp,
    Present,
    Settle,
    next_step,
)
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.protocol import RequestType


def test_the_state_survives_its_text() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), success("k2", data={"a": [1]}, no_echo=True))
    state = transitions.learn(transitions.give_up(asked(state, Present(spec=ONE), "u")), success("k3", request_id="r"))
    state = transitions.give_up(asked(state, CleanUp()))
    state = asked(state, Present(spec=TWO), "u2")
    assert state.pending is not None
    assert [entry.physical_resource_id for entry in state.account] == ["k1", "", "k3"]
    assert State.parse(state.to_json()) == state
    assert State.parse(None) == State()


def test_a_check_survives_its_text_and_the_release_before_knew_none() -> None:
    for state in (asked(created(), Checked()), transitions.give_up(asked(created(), Checked()))):
        assert State.parse(state.to_json()) == state
    written = json.loads(created().to_json())
    del written["check_failed"]
    assert State.parse(json.dumps(written)) == created()


def test_the_ids_that_stay_survive_the_text_in_a_place_that_an_engine_of_before_passes_over() -> None:
    deleting = asked(created(), Absent(held={"k2"}), "d")
    assert State.parse(deleting.to_json()) == deleting
    written = json.loads(deleting.to_json())
    assert "held" not in written["pending"]
    del written["held"]
    assert State.parse(json.dumps(written)).pending == replace(deleting.pending, held=())  # type: ignore[type-var]


def version_1(**more: Any) -> State:
    nothing = {"version": 1, "thing": None, "pending": None, "abandoned": None, "superseded": []}
    return State.parse(json.dumps(nothing | more))


def a_request(request_type: str, **more: Any) -> dict[str, Any]:
    times = {"asked_at": NOW.isoformat(), "deadline": NOW.isoformat()}
    nothing = {"physical_resource_id": None, "old_properties": None, "previous_request_id": None}
    flags = {"superseded": False, "rollback": False, "hindrance": "", "operation": "op"}
    given = {"request_id": "r", "request_type": request_type, "spec": ONE.to_dict()}
    return {**given, **times, **nothing, **flags, **more}


def a_thing(name: str, *, is_created: bool = True) -> dict[str, Any]:
    rest = {"attempted": None, "data": {}, "no_echo": False}
    return {"physical_resource_id": name, "spec": ONE.to_dict(), "created": is_created, **rest}


def test_the_version_before_left_a_thing_and_what_it_replaced() -> None:
    assert version_1() == State()
    state = version_1(thing=a_thing("k2"), superseded=[a_thing("k1")])
    assert state.current == PhysicalResource(physical_resource_id="k2", spec=ONE)
    assert state.account == (Entry(physical_resource_id="k1", spec=ONE, superseded=True),)


def test_the_version_before_finds_the_account_in_its_own_words() -> None:
    state = accepted(asked(created(), Present(spec=TWO)), success("k2"))
    written = json.loads(transitions.give_up(asked(state, Present(spec=ONE), "u")).to_json())
    assert [thing["physical_resource_id"] for thing in written["superseded"]] == ["k1"]
    assert written["abandoned"]["request_id"] == "u"
    assert written["thing"]["physical_resource_id"] == "k2"


def test_the_version_before_left_the_rest_of_a_failed_create() -> None:
    step = next_step(version_1(thing=a_thing("half-1", is_created=False)), Absent())
    assert step == Ask(request_type=RequestType.DELETE, spec=ONE, physical_resource_id="half-1")


def test_the_version_before_left_an_unanswered_create() -> None:
    for state in (version_1(abandoned=a_request("Create")), version_1(pending=a_request("Create"))):
        deleting = asked(state, Absent(), "d").pending
        assert deleting is not None
        assert deleting.previous == ("r",)
        assert deleting.physical_resource_id == DERIVED


def test_the_version_before_left_a_delete_of_an_unanswered_create() -> None:
    delete = a_request("Delete", request_id="d", physical_resource_id=DERIVED, previous=("r",))
    state = version_1(abandoned=a_request("Create"), pending=delete)
    assert next_step(accepted(state, success(request_id="d")), Absent()) == Settle()
    learnt = accepted(transitions.learn(state, failure("half-1")), success(request_id="d"))
    step = next_step(learnt, Absent())
    assert isinstance(step, Ask)
    assert step.physical_resource_id == "half-1"


def test_a_row_that_did_not_note_what_it_heard_takes_no_repeat_for_a_first_answer() -> None:
    state = transitions.give_up(asked(created(), Present(spec=TWO), "u"))
    before = {key: value for key, value in json.loads(state.to_json()).items() if key not in {"heard", "gone"}}
    state = State.parse(json.dumps(before))
    assert state.was_heard("r")
    assert not state.was_heard("u"), "its answer is waited for"
    assert transitions.learn(state, success()).account == state.account
    assert "other" in transitions.learn(state, success("other")).ids


def test_of_what_may_be_left_the_last_id_that_is_known_is_shown() -> None:
    unnamed = transitions.give_up(asked(created(), Present(spec=TWO), "u")).account
    known = Entry(physical_resource_id="half-1", spec=ONE)
    assert State(account=(known, *unnamed)).shown_id == "half-1"
    assert State(account=unnamed).shown_id == ""


def test_a_state_shows_no_secrets() -> None:
    spec = replace(
        ONE, service_token="zaqar:q?signature=hidden", properties={"Password": "hidden"}, input={"x": "hidden"}
    )
    state = State(current=PhysicalResource(physical_resource_id="k", spec=spec, data={"x": "hidden"}))
    assert "hidden" not in repr(asked(state, Present(spec=replace(spec, properties={"Password": "hidden2"}))))
