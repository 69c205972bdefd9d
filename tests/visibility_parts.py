"""A cloud in memory as its readers see it, and what stacks, executions and messages are made of in tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid5

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import HeatReader, StackEvent, StackResource, StackSummary
from customresource_bridge.clients.mistral.reader import ExecutionSummary, MistralReader, TaskSummary
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, ids
from customresource_bridge.protocol.description import describe
from customresource_bridge.testing import FakeZaqar
from customresource_bridge.visibility.reading import Readers

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
PROJECT = "a" * 32
STACK = "11111111-1111-4111-8111-111111111111"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def request_id(name: str = "greeting", phase: str = "Create") -> str:
    return str(uuid5(ids.NAMESPACE, f"{phase} {name}"))


def body(  # noqa: PLR0913 - a request's fields
    name: str = "greeting",
    *,
    phase: str = "Create",
    stack: str = STACK,
    stack_name: str = "hello",
    project: str = PROJECT,
    left: float = 3000,
    token: str = "mistral:greet",
) -> dict[str, Any]:
    """Return a request as its message holds it."""
    return {
        "RequestType": phase,
        "RequestId": request_id(f"{stack}/{name}", phase),
        "StackId": f"arn:openstack:heat::{project}:stacks/{stack_name}/{stack}",
        "LogicalResourceId": name,
        "ResourceType": "Custom::Greeting",
        "ServiceToken": token,
        "ResponseURL": "https://heat/token-of-mine",
        "ResourceProperties": {"Password": "property-of-mine"},
        "OpenStack": {"Version": 1, "ProjectId": project, "Deadline": (NOW + timedelta(seconds=left)).isoformat()},
    }


def execution(asked: Mapping[str, Any], state: str = "RUNNING", *, began: float = 60, **more: Any) -> ExecutionSummary:
    """Return the execution of a request."""
    key = ids.execution_id(
        project_id=asked["OpenStack"]["ProjectId"],
        stack_id=asked["StackId"],
        logical_resource_id=asked["LogicalResourceId"],
        request_id=asked["RequestId"],
    )
    identity = Identity(
        stack_id=asked["StackId"],
        request_id=asked["RequestId"],
        logical_resource_id=asked["LogicalResourceId"],
    )
    seen = ExecutionSummary(
        id=key,
        state=state,
        description=describe(identity, asked["RequestType"]),
        workflow_name="greet",
        project_id=asked["OpenStack"]["ProjectId"],
        input={"request": {name: value for name, value in asked.items() if name != "ResponseURL"}},
        created_at=ago(began),
        updated_at=ago(began - 5),
    )
    return replace(seen, **more)


def resource(
    name: str = "greeting", status: str = "CREATE_IN_PROGRESS", *, changed: float = 60, **more: Any
) -> StackResource:
    """Return a resource as Heat lists it."""
    seen = StackResource(
        stack_id=STACK,
        stack_name="hello",
        project_id=PROJECT,
        name=name,
        resource_type="Custom::Greeting",
        status=status,
        changed_at=ago(changed),
    )
    return replace(seen, **more)


def event(name: str, status: str, reason: str = "state changed", *, at: float, stack: str = STACK) -> StackEvent:
    return StackEvent(
        id=f"{name} {status} {at}",
        at=ago(at),
        stack_id=stack,
        resource=name,
        resource_type="Custom::Greeting",
        status=status,
        reason=reason,
    )


@dataclass
class FakeHeat:
    """Stacks with their resources and events.

    :ivar calls: how often it was asked for anything.
    :ivar global_index: whether all projects' stacks may be listed.
    """

    summaries: list[StackSummary] = field(default_factory=list)
    seen: list[StackResource] = field(default_factory=list)
    told: list[StackEvent] = field(default_factory=list)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    global_index: bool = True
    calls: int = 0

    def stacks(
        self, statuses: Sequence[str] = (), *, all_projects: bool = False, exactly: Mapping[str, str] | None = None
    ) -> Iterator[StackSummary]:
        self.calls += 1
        if all_projects and not self.global_index:
            raise errors.Forbidden("Heat", "list stacks", "no", status=403)
        for stack in self.summaries:
            fits = not statuses or stack.status.endswith(tuple(statuses))
            if fits and all(getattr(stack, key) == value for key, value in (exactly or {}).items()):
                yield stack

    def find(self, name_or_id: str) -> StackSummary:
        for stack in self.summaries:
            if name_or_id in {stack.name, stack.id}:
                return stack
        raise errors.NotFound("Heat", "find the stack", f"none is named '{name_or_id}'")

    def resources(self, stack: StackSummary) -> list[StackResource]:
        self.calls += 1
        return [resource for resource in self.seen if resource.stack_id == stack.id]

    def attribute(self, stack: StackSummary, resource: str, name: str) -> Mapping[str, Any]:
        self.calls += 1
        del stack
        return self.attributes.get(resource, {}).get(name, {})

    def events(self, stack: StackSummary, *, after: str = "") -> Iterator[StackEvent]:
        self.calls += 1
        del stack
        begin = [event.id for event in self.told].index(after) + 1 if after else 0
        yield from self.told[begin:]

    def events_of(self, stack: StackSummary, resource: str) -> Iterator[StackEvent]:
        self.calls += 1
        yield from (event for event in self.told if (event.stack_id, event.resource) == (stack.id, resource))


@dataclass
class FakeExecutions:
    """Executions with their tasks; ``calls`` counts what was asked."""

    made: list[ExecutionSummary] = field(default_factory=list)
    done: list[TaskSummary] = field(default_factory=list)
    calls: int = 0

    def executions(
        self, states: Sequence[str], *, all_projects: bool = False, most: int | None = None
    ) -> Iterator[ExecutionSummary]:
        self.calls += 1
        del all_projects
        newest = sorted(self.made, key=lambda execution: execution.created_at or NOW, reverse=True)
        yield from [execution for execution in newest if execution.state in states][:most]

    def execution(self, execution_id: str) -> ExecutionSummary | None:
        self.calls += 1
        return next((execution for execution in self.made if execution.id == execution_id), None)

    def tasks(self, execution_id: str) -> list[TaskSummary]:
        self.calls += 1
        del execution_id
        return self.done

    def running_tasks(self) -> list[TaskSummary]:
        self.calls += 1
        return [task for task in self.done if task.state == "RUNNING"]


@dataclass
class SeenCloud:
    """The three services, at ``NOW``."""

    heat: FakeHeat = field(default_factory=FakeHeat)
    mistral: FakeExecutions = field(default_factory=FakeExecutions)
    zaqar: FakeZaqar = field(default_factory=lambda: FakeZaqar(lambda: 0.0))

    @property
    def readers(self) -> Readers:
        return Readers(
            heat=cast(HeatReader, self.heat),
            mistral=cast(MistralReader, self.mistral),
            zaqar=cast(Zaqar, self.zaqar),
            project_id=lambda: PROJECT,
            now=lambda: NOW,
        )

    def stack(self, status: str = "CREATE_IN_PROGRESS", *resources: StackResource) -> None:
        """Have a stack with these resources."""
        first = resources[0] if resources else resource()
        self.heat.summaries.append(
            StackSummary(id=first.stack_id, name=first.stack_name, status=status, project_id=first.project_id)
        )
        self.heat.seen += resources
