from dataclasses import replace

import golden

from customresource_bridge.bridge.handling.execution_ids import (
    by_predecessor,
    delete_description,
    describe,
    is_newer,
    is_of,
    own_id,
    predecessor_id,
    puts_an_end_to,
    start_id,
    took_place,
)
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.protocol import EarlierRequest, RequestType, Secret

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
    assert start_id(DELETE, began=()) == own_id(CREATE)
    assert start_id(DELETE, began={CREATE.request_id}) == own_id(DELETE)


def test_any_other_request_runs_under_its_own_id() -> None:
    update = replace(DELETE, request_type=RequestType.UPDATE)
    assert start_id(update, began=()) == own_id(update)


def test_a_description_says_whose_execution_it_is_and_what_it_ends() -> None:
    of_delete = execution("e1", describe(DELETE, own_id(CREATE)))
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
    assert took_place(execution(own_id(CREATE), describe(DELETE, own_id(CREATE))), DELETE, DELETE.request_id)
    elsewhere = replace(CREATE, logical_resource_id="Another")
    assert not took_place(execution(own_id(elsewhere), describe(DELETE, own_id(CREATE))), DELETE, DELETE.request_id)


def test_a_description_names_the_request_whose_place_is_taken() -> None:
    chain = (EarlierRequest(request_id=CREATE.request_id),)
    delete = replace(DELETE, extras=replace(DELETE.extras, previous_request_id="never-begun", earlier=chain))
    assert puts_an_end_to(execution("e1", describe(delete, own_id(CREATE))), CREATE)
    assert describe(delete, own_id(delete)).endswith(" after never-begun")


def test_a_request_names_each_of_its_predecessors_with_its_own_url() -> None:
    urls = (Secret("https://heat/1"), Secret("https://heat/2"))
    extras = replace(
        DELETE.extras,
        previous_response_url=urls[0],
        earlier=(EarlierRequest(request_id="older", response_url=urls[1]),),
    )
    named = [alone.extras for alone in by_predecessor(replace(DELETE, extras=extras))]
    assert [(one.previous_request_id, one.previous_response_url) for one in named] == [
        (CREATE.request_id, urls[0]),
        ("older", urls[1]),
    ]
    assert all(one.earlier == () for one in named)
    assert by_predecessor(CREATE) == ()


def test_what_a_later_request_runs_in_a_predecessor_s_place_is_known_while_it_runs() -> None:
    later = replace(DELETE, request_id="later")
    runs = execution(own_id(CREATE), describe(later, own_id(CREATE)))
    assert is_newer(runs, DELETE)
    assert not is_newer(replace(runs, state="ERROR"), DELETE), "one that failed before is not named any more"
    for known in (DELETE, CREATE):
        assert not is_newer(execution("e1", describe(known, "e1")), DELETE)
    full = replace(DELETE.extras, earlier=tuple(EarlierRequest(request_id=name) for name in "abc"))
    assert not is_newer(runs, replace(DELETE, extras=full)), "an older one may have no room in the list"
    assert not is_newer(execution("e1", "the zone of our web"), DELETE)
