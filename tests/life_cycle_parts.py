"""A resource's states, as its requests and their answers make them one after the other."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import Ask, Goal, Present, next_step
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import Identity, Response, Status
from customresource_bridge.protocol.ids import default_physical_resource_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:openstack:heat::p:stacks/s/1"
ONE = Spec(resource_type="Custom::A", service_token="t", properties={"Size": "1"})
TWO = replace(ONE, properties={"Size": "2"})
DERIVED = default_physical_resource_id(stack_id=ARN, logical_resource_id="a", request_id="r")


def identity(request_id: str = "r") -> Identity:
    return Identity(stack_id=ARN, request_id=request_id, logical_resource_id="a")


def success(physical_resource_id: str | None = None, *, request_id: str = "r", **more: Any) -> Response:
    named = {"identity": identity(request_id), "physical_resource_id": physical_resource_id}
    return Response(status=Status.SUCCESS, **named, **more)


def failure(physical_resource_id: str | None = None, *, request_id: str = "r") -> Response:
    return Response.failed(identity(request_id), "no", physical_resource_id=physical_resource_id)


def asked(state: State, goal: Goal, request_id: str = "r", *, rollback: bool = False) -> State:
    step = next_step(state, goal, traversal="op")
    assert isinstance(step, Ask)
    return transitions.ask(state, step, identity=identity(request_id), traversal="op", now=NOW, rollback=rollback)


def created(spec: Spec = ONE, name: str = "k1") -> State:
    return accepted(asked(State(), Present(spec=spec)), success(name))


def accepted(state: State, response: Response, *, now: datetime = NOW) -> State:
    return transitions.accept(state, response, now=now)
