from dataclasses import replace
from typing import Any

import golden
import pytest

from customresource_bridge.bridge.handling.predecessor import learnt_id, outcome_of_predecessor, what_may_stay
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import Status, ids

CREATE = golden.request("create")
_DELETE = golden.request("delete")
DELETE = replace(_DELETE, extras=replace(_DELETE.extras, workflow=None, previous_request_id=CREATE.request_id))
STANDS_IN = ids.default_physical_resource_id(
    stack_id=DELETE.stack_id, logical_resource_id=DELETE.logical_resource_id, request_id=CREATE.request_id
)
DELETE_OF_NOBODY_KNOWS = replace(DELETE, physical_resource_id=STANDS_IN)


def ended(state: str, output: Any, **given: Any) -> Execution:
    return Execution(id="e1", state=state, output=output, **given)


def test_nothing_is_told_of_a_predecessor_that_runs_or_is_not_there() -> None:
    assert outcome_of_predecessor(DELETE, ended("RUNNING", None)) is None
    alone = replace(DELETE, extras=replace(DELETE.extras, previous_request_id=None))
    assert outcome_of_predecessor(alone, ended("SUCCESS", {})) is None


@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_nothing_is_told_of_a_check_which_made_nothing(state: str) -> None:
    check = ended(state, {"physical_resource_id": "id-2"}, description=f"heat-cr Check {CREATE.request_id}")
    assert outcome_of_predecessor(DELETE, check) is None
    assert learnt_id(DELETE_OF_NOBODY_KNOWS, check) is None


def test_a_failed_creates_outcome_is_its_reason_and_what_it_names() -> None:
    response = outcome_of_predecessor(
        DELETE_OF_NOBODY_KNOWS, ended("ERROR", {"physical_resource_id": "half-1"}, state_info="no quota")
    )
    assert response is not None
    assert (response.status, response.reason, response.physical_resource_id) == (Status.FAILED, "no quota", "half-1")
    assert response.identity.request_id == CREATE.request_id


def test_an_update_that_names_no_id_keeps_the_one_it_was_given() -> None:
    given = {"request": {"RequestType": "Update", "PhysicalResourceId": "id-1"}}
    response = outcome_of_predecessor(DELETE, ended("SUCCESS", {"a": 1}, input=given))
    assert response is not None
    assert (response.physical_resource_id, response.data) == ("id-1", {"a": 1})


def test_a_create_that_names_no_id_is_told_without_one() -> None:
    response = outcome_of_predecessor(
        DELETE, ended("SUCCESS", {"a": 1}, description=f"heat-cr Create {CREATE.request_id}")
    )
    assert response is not None
    assert response.physical_resource_id is None


@pytest.mark.parametrize("output", [None, {}, [], "x", {"physical_resource_id": ""}, {"result": "Cancelled"}])
@pytest.mark.parametrize("state", ["SUCCESS", "ERROR", "CANCELLED"])
def test_an_output_without_an_id_teaches_none(state: str, output: Any) -> None:
    assert learnt_id(DELETE_OF_NOBODY_KNOWS, ended(state, output)) is None


def test_a_delete_of_a_known_resource_keeps_its_id_though_an_update_made_another() -> None:
    assert learnt_id(DELETE, ended("SUCCESS", {"physical_resource_id": "id-2"})) is None


def test_an_id_that_external_resources_workflows_name_is_learnt_too() -> None:
    assert learnt_id(DELETE_OF_NOBODY_KNOWS, ended("SUCCESS", {"resource_id": "vm-1"})) == "vm-1"


def test_an_odd_input_or_description_is_no_harm() -> None:
    for given in ({"request": 7}, {"request": {"RequestType": ["x"], "PhysicalResourceId": 9}}, {}):
        previous = ended("SUCCESS", {}, input=given, description="heat-cr Explode x")
        assert outcome_of_predecessor(DELETE, previous) is not None


def test_what_may_stay_is_named_by_the_id_that_its_request_stands_for() -> None:
    create = ended("CANCELLED", None, description=f"heat-cr Create {CREATE.request_id}")
    assert what_may_stay(DELETE_OF_NOBODY_KNOWS, create) == (
        f"it begins, and {STANDS_IN} may stay: a task of the Create before it may still act (execution: e1)"
    )
    given = {"request": {"RequestType": "Update", "PhysicalResourceId": "id-1"}}
    said = what_may_stay(DELETE, ended("CANCELLED", None, input=given))
    assert said is not None
    assert said.startswith("it begins, and id-1 may stay: a task of the Update before it")


@pytest.mark.parametrize("phase", ["Check", "Delete"])
def test_nothing_may_stay_of_what_makes_nothing(phase: str) -> None:
    before = ended("CANCELLED", None, description=f"heat-cr {phase} {CREATE.request_id}")
    assert what_may_stay(DELETE, before) is None
    alone = replace(DELETE, extras=replace(DELETE.extras, previous_request_id=None))
    assert what_may_stay(alone, ended("CANCELLED", None)) is None


def test_what_another_request_came_to_in_its_place_is_not_told_as_its_own() -> None:
    other = ended("SUCCESS", {"physical_resource_id": "id-2"}, description="heat-cr Delete another after x")
    assert outcome_of_predecessor(DELETE, other) is None
    assert learnt_id(DELETE_OF_NOBODY_KNOWS, other) is None
