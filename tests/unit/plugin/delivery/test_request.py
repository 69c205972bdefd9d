"""A request is the same however often it is posted. ``make unit-plugin``."""

import json
from dataclasses import replace
from typing import Any

import pytest
from plugin_parts import pending

from customresource_bridge.plugin.delivery.request import NO_URL, build, fitting, longest_delete, problem
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow, Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import Request
from customresource_bridge.protocol.limits import MAX_REQUEST_BYTES


def built(**spec: Any) -> Request:
    asked = replace(pending(), spec=Spec(resource_type="T", **spec), previous=("r-0",))
    return build(asked, stack_id="arn", name="a", project_id="p", url=NO_URL)


def test_one_pending_request_is_one_request() -> None:
    assert built().to_dict() == built().to_dict()
    assert built().request_id == "r"
    assert built().extras.previous_request_id == "r-0"


def test_only_the_workflow_of_its_own_phase_goes_along() -> None:
    workflows = {"update": PhaseWorkflow(workflow="u"), "delete": PhaseWorkflow(workflow="d")}
    call = built(workflows=workflows, input={"x": 1}).extras.workflow
    assert call is not None
    assert (call.name, call.input) == ("u", {"x": 1})
    assert built(workflows={"delete": PhaseWorkflow(workflow="d")}).extras.workflow is None


def test_a_request_that_is_too_large_for_a_queue_says_so_with_both_sizes() -> None:
    assert problem(built().to_dict(), what="The request") is None
    said = problem(built(properties={"x": "y" * MAX_REQUEST_BYTES}).to_dict(), what="The request")
    assert said is not None
    assert str(MAX_REQUEST_BYTES) in said
    assert "by reference" in said


def test_a_delete_says_which_ids_stay() -> None:
    asked = replace(pending(), held=("k2",))
    request = build(asked, stack_id="arn", name="a", project_id="p", url=NO_URL)
    assert request.to_dict()["OpenStack"]["HeldIds"] == ["k2"]
    assert "HeldIds" not in built().to_dict()["OpenStack"]


def test_a_message_names_as_many_ids_that_stay_as_there_is_room_for() -> None:
    def message_of(asked: Pending) -> dict[str, Any]:
        return build(asked, stack_id="arn", name="a", project_id="p", url=NO_URL).to_dict()

    ids = ("k1", "\x01" * 1024, "k3")
    delete = replace(pending(), held=ids)
    assert fitting(delete, message_of)["OpenStack"]["HeldIds"] == list(ids)
    text = "y" * (MAX_REQUEST_BYTES - len(json.dumps(message_of(replace(delete, held=())))) - 200)
    large = replace(delete, spec=replace(delete.spec, properties={**delete.spec.properties, "x": text}))
    assert fitting(large, message_of)["OpenStack"]["HeldIds"] == ["k1"]
    assert fitting(pending(), message_of) == message_of(pending())


@pytest.mark.parametrize(
    "physical_resource_id", ["x" * 1024, "\u00e9" * 512, "\u20ac" * 341, "\U0001f600" * 256, "\x01" * 1024]
)
def test_the_longest_delete_has_room_for_every_id_that_is_taken(physical_resource_id: str) -> None:
    longest = longest_delete(pending()).physical_resource_id
    assert len(json.dumps(physical_resource_id)) <= len(json.dumps(longest))
