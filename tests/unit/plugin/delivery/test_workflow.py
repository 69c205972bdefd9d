"""Workflows that the plugin starts itself. ``make unit-plugin``."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from plugin_parts import pending

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import workflow
from customresource_bridge.plugin.lifecycle.spec import Delivery, PhaseWorkflow, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, PhysicalResource, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.protocol import Identity, RequestType, Status

AWAY = errors.ServiceUnavailable("Mistral", "show an execution", "no answer in time")


@dataclass
class Mistral:
    """Executions by their ids."""

    executions: dict[str, Any] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    acting: bool = False

    def start(self, execution_id: str, name: str, **given: Any) -> Any:
        self.started.append({"id": execution_id, "workflow": name, **given})
        return SimpleNamespace(id=execution_id)

    def get(self, execution_id: str) -> Any:
        if self.away:
            raise AWAY
        return self.executions.get(execution_id)

    def cancel(self, execution_id: str) -> None:
        if self.away:
            raise AWAY
        self.executions[execution_id] = execution(execution_id, "CANCELLED")

    def acts(self, execution_id: str) -> bool:
        return self.acting and execution_id in self.executions


def execution(execution_id: str, state: str, **output: Any) -> Any:
    final = state in {"SUCCESS", "ERROR", "CANCELLED"}
    return SimpleNamespace(id=execution_id, state=state, final=final, output=output, state_info="")


def ref(mistral: Mistral) -> Any:
    stack_id = "arn:openstack:heat::p:stacks/s/1"
    return SimpleNamespace(
        mistral=lambda: mistral,
        name="a",
        stack_id=stack_id,
        project_id="p",
        identity=lambda key: Identity(stack_id=stack_id, request_id=key, logical_resource_id="a"),
    )


def request(request_type: RequestType = RequestType.CREATE, **spec: Any) -> Pending:
    values = {"resource_type": "T", "service_token": "mistral:w", "delivery": Delivery.DIRECT, **spec}
    return replace(pending(request_type=request_type), spec=Spec(**values))


def id_of(asked: Pending) -> str:
    return workflow.execution_id(ref(Mistral()), asked.request_id)


def execution_of(request_id: str) -> str:
    return workflow.execution_id(ref(Mistral()), request_id)


def test_a_request_has_one_execution_however_often_it_is_sent() -> None:
    mistral = Mistral()
    for _ in range(2):
        workflow.send(ref(mistral), request(), State())
    assert [start["id"] for start in mistral.started] == [id_of(request())] * 2
    assert {start["workflow"] for start in mistral.started} == {"w"}


def test_an_execution_s_description_leads_back_to_its_resource_and_has_the_author_s_words_too() -> None:
    mistral = Mistral()
    workflow.send(ref(mistral), request(description="the zone of our web"), State())
    assert mistral.started[0]["description"] == "heat-cr Create r of a in s: the zone of our web"


def test_a_phase_s_own_workflow_comes_before_the_service_token_s() -> None:
    mistral = Mistral()
    own = {"create": PhaseWorkflow(workflow="mine", namespace="n")}
    workflow.send(ref(mistral), request(workflows=own), State())
    assert (mistral.started[0]["workflow"], mistral.started[0]["namespace"]) == ("mine", "n")


def test_what_the_workflows_before_gave_is_in_the_next_one_s_environment() -> None:
    mistral = Mistral()
    made = PhysicalResource(physical_resource_id="id-1", spec=request().spec, data={"Port": 1})
    workflow.send(ref(mistral), request(RequestType.UPDATE), State(current=made))
    assert mistral.started[0]["params"]["env"]["heat_extresource_data"] == {"Port": 1}


def test_a_template_that_names_no_workflow_is_told_what_to_give() -> None:
    with pytest.raises(errors.ConfigurationError, match="give it in workflows"):
        workflow.send(ref(Mistral()), request(service_token=""), State())


@pytest.mark.parametrize(
    ("state", "seen"), [(None, Seen.MISSING), ("RUNNING", Seen.RUNNING), ("SUCCESS", Seen.ENDED), ("ERROR", Seen.ENDED)]
)
def test_what_is_seen_of_an_execution(state: str | None, seen: Seen) -> None:
    mistral = Mistral()
    if state is not None:
        mistral.executions[id_of(request())] = execution(id_of(request()), state)
    assert workflow.see(ref(mistral), request()) is seen
    found, response = workflow.look(ref(mistral), request(), interrupt=False)
    assert found is seen
    assert (response is not None) is (seen is Seen.ENDED)


def test_what_still_runs_is_stopped_only_where_that_is_asked_for() -> None:
    mistral = Mistral({id_of(request()): execution(id_of(request()), "RUNNING")})
    assert workflow.look(ref(mistral), request(), interrupt=False) == (Seen.RUNNING, None)
    seen, response = workflow.look(ref(mistral), request(), interrupt=True)
    assert seen is Seen.ENDED
    assert response is not None
    assert response.status is Status.FAILED


def test_a_cancelled_execution_runs_as_long_as_a_task_of_it_may_act() -> None:
    mistral = Mistral({id_of(request()): execution(id_of(request()), "RUNNING")}, acting=True)
    assert workflow.look(ref(mistral), request(), interrupt=True) == (Seen.STOPPING, None)
    assert workflow.see(ref(mistral), request()) is Seen.STOPPING
    mistral.acting = False
    assert workflow.see(ref(mistral), request()) is Seen.ENDED
    assert workflow.look(ref(mistral), request(), interrupt=True)[0] is Seen.ENDED


def test_a_request_stops_the_one_before_it() -> None:
    mistral = Mistral()
    before = replace(request(), request_id="r-0")
    workflow.send(ref(mistral), replace(request(RequestType.DELETE), previous=("r-0",)), State())
    assert mistral.executions[id_of(before)].state == "CANCELLED"


def test_a_request_stops_all_those_before_it_and_waits_for_their_tasks() -> None:
    running = {execution_of(before): execution(execution_of(before), "RUNNING") for before in ("r-1", "r-0")}
    mistral = Mistral(running, acting=True)
    delete = replace(held_delete(), previous=("r-1", "r-0"))
    with pytest.raises(workflow.PredecessorActs):
        workflow.send(ref(mistral), delete, State(), now=lambda: delete.asked_at)
    assert [mistral.executions[before].state for before in running] == ["CANCELLED", "CANCELLED"]


def held_delete() -> Pending:
    """The Delete that follows a Create, with ten minutes of its own."""
    delete = replace(request(RequestType.DELETE), previous=("r-0",), physical_resource_id="thing-0")
    return replace(delete, deadline=delete.asked_at + timedelta(minutes=10))


def test_a_request_begins_when_no_task_of_the_one_before_it_is_left() -> None:
    mistral, told = Mistral({execution_of("r-0"): execution(execution_of("r-0"), "RUNNING")}, acting=True), []
    delete = held_delete()

    def send(seconds: float) -> None:
        moment = delete.asked_at + timedelta(seconds=seconds)
        workflow.send(
            ref(mistral), delete, State(asked=("r-0",)), now=lambda: moment, tell=lambda _ref, text: told.append(text)
        )

    with pytest.raises(workflow.PredecessorActs, match=f"execution {execution_of('r-0')}"):
        send(299)
    assert mistral.started == []
    mistral.acting = False
    send(299)
    assert [start["id"] for start in mistral.started] == [id_of(delete)]
    assert told == []


@pytest.mark.parametrize(("asked", "events"), [(("r-0",), 1), ((), 0)], ids=["a Create", "a Check or a Delete"])
def test_a_request_begins_after_half_of_its_time_and_says_what_may_stay(asked: tuple[str, ...], events: int) -> None:
    mistral, told = Mistral({execution_of("r-0"): execution(execution_of("r-0"), "RUNNING")}, acting=True), []
    delete = held_delete()
    workflow.send(
        ref(mistral),
        delete,
        State(asked=asked),
        now=lambda: delete.asked_at + timedelta(seconds=300),
        tell=lambda _ref, text: told.append(text),
    )
    assert [start["id"] for start in mistral.started] == [id_of(delete)]
    assert len(told) == events
    assert all("thing-0" in text and execution_of("r-0") in text for text in told)


def test_while_mistral_is_away_nothing_is_known_and_nothing_raised() -> None:
    assert workflow.look(ref(Mistral(away=True)), request(), interrupt=True) == (Seen.UNKNOWN, None)
    workflow.cancel(ref(Mistral(away=True)), request())
    with pytest.raises(errors.ServiceUnavailable):
        workflow.see(ref(Mistral(away=True)), request())
