"""What Mistral has of a request that was posted. ``make unit-plugin``."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception
from plugin_parts import pending

from customresource_bridge import errors
from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.plugin.delivery.lookup import executions
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import RequestType

STACK = "arn:openstack:heat::p:stacks/s/1"


def asked(token: str = "mistral:w", **more: Any) -> Pending:
    return replace(pending(**more), spec=Spec(resource_type="T", service_token=token))


def ref(mistral: Any) -> Any:
    return SimpleNamespace(
        mistral=lambda **_patience: mistral(), name="a", stack_id=STACK, stack_uuid="1", project_id="p"
    )


def having(*known: Execution) -> Any:
    return ref(lambda: SimpleNamespace(glance={one.id: one for one in known}.get))


def execution(request_id: str, description: str) -> Execution:
    return Execution(id=executions.execution_id(having(), request_id), state="RUNNING", description=description)


def test_a_request_s_execution_is_found_by_its_id() -> None:
    known = execution("r", "heat-cr Update r of a in s")
    assert executions.id_of(having(known), asked()) == known.id
    assert executions.id_of(having(), asked()) is None


def test_a_delete_s_is_found_in_the_place_of_what_it_puts_an_end_to() -> None:
    delete = replace(asked(request_type=RequestType.DELETE), previous=("newer", "before"))
    known = execution("before", "heat-cr Delete r of a in s after before")
    assert executions.id_of(having(known), delete) == known.id
    assert executions.id_of(having(execution("before", "heat-cr Create before of a in s")), delete) is None


def test_a_request_whose_place_was_taken_has_none() -> None:
    taken = execution("r", "heat-cr Delete later of a in s after r")
    assert executions.id_of(having(taken), asked()) is None


def test_the_author_s_own_description_is_no_obstacle() -> None:
    known = replace(execution("r", "the zone of our web"), workflow_name="zone")
    view = executions.view(having(known), "r", None)
    assert view is not None
    assert (view.id, view.state, view.workflow) == (known.id, "RUNNING", "zone")
    assert executions.view(having(), "r", asked()) is None


def test_mistral_is_not_asked_for_what_no_bridge_handles() -> None:
    assert executions.id_of(ref(None), asked("zaqar:q")) is None
    assert executions.view(ref(None), "r", asked("zaqar:q")) is None


@pytest.mark.parametrize(
    "error", [errors.ServiceUnavailable("Mistral", "show an execution", "away"), exception.AuthorizationFailure()]
)
def test_a_mistral_that_cannot_be_asked_is_no_failure_and_is_asked_again_only_after_a_while(error: Exception) -> None:
    calls: list[str] = []
    now = [0.0]

    def away() -> Any:
        calls.append("Mistral")
        raise error

    silent = RecentlySeen(seconds=30.0, clock=lambda: now[0])
    for _deadline in range(300):
        assert executions.id_of(ref(away), asked(), silent=silent) is None
    assert len(calls) == 1
    other = ref(away)
    other.project_id = "another"
    assert executions.id_of(other, asked(), silent=silent) is None
    assert len(calls) == 2, "another project's stacks are not told by this one"
    known = execution("r", "heat-cr Update r of a in s")
    now[0] = 31.0
    assert executions.id_of(having(known), asked(), silent=silent) == known.id
