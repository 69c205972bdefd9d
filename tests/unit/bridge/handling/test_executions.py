from dataclasses import replace

import golden
import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.handling.execution_ids import describe, own_id, predecessor_id
from customresource_bridge.bridge.handling.executions import Executions
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.protocol import EarlierRequest, Request
from customresource_bridge.testing import FakeMistral

CREATE = replace(golden.request("create"), service_token="mistral:w")
_DELETE = golden.request("delete")
DELETE = replace(
    _DELETE,
    service_token="mistral:w",
    stack_id=CREATE.stack_id,
    logical_resource_id=CREATE.logical_resource_id,
    extras=replace(CREATE.extras, workflow=None, previous_request_id=CREATE.request_id),
)


@pytest.fixture
def mistral() -> FakeMistral:
    return FakeMistral({"w": frozenset({"request"})})


@pytest.fixture
def executions(mistral: FakeMistral) -> Executions:
    return Executions(mistral, Routes())  # type: ignore[arg-type]


def start(executions: Executions, request: Request, key: str) -> str:
    execution = executions.start(replace(request, extras=replace(request.extras, workflow=None)), key)
    assert execution is not None
    return execution.description


def test_a_predecessor_is_found_under_its_own_id(executions: Executions) -> None:
    assert executions.previous(CREATE) == ()
    assert executions.previous(DELETE) == ()
    assert start(executions, CREATE, own_id(CREATE)) == describe(CREATE, own_id(CREATE))
    (found,) = executions.previous(DELETE)
    assert found.execution.id == own_id(CREATE)


def test_a_delete_that_took_its_predecessors_place_is_found_by_the_next(executions: Executions) -> None:
    start(executions, DELETE, predecessor_id(DELETE) or "")
    later = replace(DELETE, request_id="another", extras=replace(DELETE.extras, previous_request_id=DELETE.request_id))
    (found,) = executions.previous(later)
    assert found.execution.id == own_id(CREATE)


def test_a_place_that_was_taken_counts_once_and_as_the_one_that_took_it(executions: Executions) -> None:
    start(executions, DELETE, predecessor_id(DELETE) or "")
    chain = (EarlierRequest(request_id=CREATE.request_id),)
    extras = replace(DELETE.extras, previous_request_id=DELETE.request_id, earlier=chain)
    (found,) = executions.previous(replace(DELETE, request_id="another", extras=extras))
    assert found.execution.id == own_id(CREATE)
    assert found.named.extras.previous_request_id == DELETE.request_id


def test_what_began_before_one_that_never_did_is_found(executions: Executions) -> None:
    start(executions, CREATE, own_id(CREATE))
    chain = (EarlierRequest(request_id=CREATE.request_id),)
    extras = replace(DELETE.extras, previous_request_id="never-begun", earlier=chain)
    (found,) = executions.previous(replace(DELETE, extras=extras))
    assert found.execution.id == own_id(CREATE)
    assert found.named.extras.previous_request_id == CREATE.request_id


def test_a_start_in_the_place_of_a_faster_predecessor_is_none(executions: Executions) -> None:
    start(executions, CREATE, own_id(CREATE))
    assert executions.start(DELETE, own_id(CREATE)) is None


def test_a_start_that_is_refused_is_raised_unless_it_runs_already(mistral: FakeMistral, executions: Executions) -> None:
    refusing = Executions(mistral, Routes(allowed=()))  # type: ignore[arg-type]
    plain = replace(CREATE, extras=replace(CREATE.extras, workflow=None))
    with pytest.raises(errors.ServiceTokenError):
        refusing.start(plain, own_id(plain))
    start(executions, CREATE, own_id(CREATE))
    assert refusing.start(plain, own_id(plain)) is not None


def test_only_what_was_cancelled_drains(mistral: FakeMistral, executions: Executions) -> None:
    start(executions, CREATE, own_id(CREATE))
    mistral.acting.add(own_id(CREATE))
    for state, drains in (("RUNNING", False), ("SUCCESS", False), ("ERROR", False), ("CANCELLED", True)):
        assert executions.drains(replace(mistral.executions[own_id(CREATE)], state=state)) is drains
    executions.cancel(own_id(CREATE))
    mistral.acting.clear()
    found = executions.get(own_id(CREATE))
    assert found is not None
    assert not executions.drains(found)
