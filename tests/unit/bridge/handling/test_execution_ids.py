from dataclasses import replace

import golden

from customresource_bridge.bridge.handling.execution_ids import (
    delete_description,
    describe,
    is_of,
    own_id,
    predecessor_id,
    puts_an_end_to,
    start_id,
    took_place,
)
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.protocol import RequestType

CREATE = golden.request("create")
_DELETE = golden.request("delete")
DELETE = replace(
    _DELETE,
    stack_id=CREATE.stack_id,
    logical_resource_id=CREATE.logical_resource_id,
    extras=replace(_DELETE.extras, project_id=CREATE.extras.project_id, previous_request_id=CREATE.request_id),
)


def execution(key: str, text: str) -> Execution:
    return Execution(id=key, state="RUNNING", description=text)


def test_a_request_knows_its_predecessors_execution_as_that_one_knows_its_own() -> None:
    assert predecessor_id(DELETE) == own_id(CREATE) != own_id(DELETE)
    assert predecessor_id(CREATE) is None


def test_a_delete_runs_in_the_place_of_a_predecessor_that_has_not_begun() -> None:
    assert start_id(DELETE, predecessor_began=False) == own_id(CREATE)
    assert start_id(DELETE, predecessor_began=True) == own_id(DELETE)


def test_any_other_request_runs_under_its_own_id() -> None:
    update = replace(DELETE, request_type=RequestType.UPDATE)
    assert start_id(update, predecessor_began=False) == own_id(update)


def test_a_description_says_whose_execution_it_is_and_what_it_ends() -> None:
    of_delete = execution("e1", describe(DELETE))
    assert is_of(DELETE, of_delete)
    assert not is_of(CREATE, of_delete)
    assert puts_an_end_to(of_delete, CREATE)
    assert not puts_an_end_to(of_delete, DELETE)
    assert of_delete.description.startswith(delete_description(DELETE.request_id))


def test_the_descriptions_of_the_release_before_are_read_too() -> None:
    old = f"heat-cr Delete {DELETE.request_id} after {CREATE.request_id}"
    assert is_of(DELETE, execution("e1", old))
    assert puts_an_end_to(execution("e1", old), CREATE)
    assert took_place(execution(own_id(CREATE), old), DELETE, DELETE.request_id)


def test_only_an_execution_under_the_resources_own_id_took_its_predecessors_place() -> None:
    assert took_place(execution(own_id(CREATE), describe(DELETE)), DELETE, DELETE.request_id)
    elsewhere = replace(CREATE, logical_resource_id="Another")
    assert not took_place(execution(own_id(elsewhere), describe(DELETE)), DELETE, DELETE.request_id)
