"""One round of the loop: what it makes it deletes, whatever comes in between."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from bridge_parts import HEARTBEAT
from visibility_parts import NOW, PROJECT, STACK, SeenCloud, body, execution, resource

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.clients.heat.reader import StackSummary
from customresource_bridge.clients.response_url import PutOutcome, ResponseURLs
from customresource_bridge.clients.writers import HeatWriter, MistralWriter
from customresource_bridge.cmd.check.loop import LoopCheck, LoopServices
from customresource_bridge.cmd.check.loop_parts import RESOURCE
from customresource_bridge.cmd.check.loop_watch import LoopReaders
from customresource_bridge.cmd.check.result import CheckResult
from customresource_bridge.protocol import ids


@dataclass
class LoopCloud:
    """A cloud in which time goes on while the check sleeps.

    :ivar happens: what the services do, by the second; a step is given the cloud.
    :ivar refuses: what raises, by its name.
    """

    happens: dict[int, Any] = field(default_factory=dict)
    refuses: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    seconds: float = 0.0
    stays: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        self.seen = SeenCloud()
        self.steps = sorted(self.happens.items())
        self.put = (PutOutcome.REFUSED, "status 403: no")

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        while self.steps and self.steps[0][0] <= self.seconds:
            self.steps.pop(0)[1](self)

    def _call(self, what: str) -> None:
        self.calls.append(what)
        if what in self.refuses:
            raise self.refuses[what]

    def create(self, name: str, _template: Any, *, minutes: int) -> StackSummary:
        del minutes
        self.name = name
        self.seen.stack("CREATE_IN_PROGRESS", resource(RESOURCE, stack_name=name, changed=0))
        self._call("create stack")
        return self.seen.heat.summaries[0]

    def delete(self, stack: StackSummary) -> None:
        assert stack.id == STACK
        if not self.stays:
            self.seen.heat.summaries.clear()
        self._call("delete stack")

    def create_workflow(self, _definition: str) -> None:
        self._call("create workflow")

    def run_action(self, _name: str) -> str | None:
        self._call("run action")
        return None

    def delete_workflow(self, _name: str) -> None:
        self._call("delete workflow")

    def delete_execution(self, _execution_id: str) -> None:
        self._call("delete execution")

    @property
    def asked(self) -> dict[str, Any]:
        return body(RESOURCE, stack_name=self.name)

    def post(self) -> None:
        self.seen.zaqar.post(ids.stack_queue(STACK), self.asked, ttl=300)

    def runs(self, state: str) -> None:
        self.seen.mistral.made[:] = [execution(self.asked, state, created_at=NOW)]

    def becomes(self, status: str) -> None:
        self.seen.heat.seen[:] = [replace(self.seen.heat.seen[0], status=status)]

    def check(self) -> list[CheckResult]:
        readers = self.seen.readers
        services = LoopServices(
            readers=LoopReaders(
                project_id=PROJECT,
                heat=readers.heat,
                mistral=readers.mistral,
                zaqar=readers.zaqar,
                response_urls=cast(ResponseURLs, SimpleNamespace(put=lambda *_: self.put)),
            ),
            heat=cast(HeatWriter, self),
            mistral=cast(MistralWriter, self),
        )
        clock = Clock(now=lambda: NOW + timedelta(seconds=self.seconds), monotonic=lambda: self.seconds)
        return LoopCheck(services, patience=60, clock=clock, sleep=self.sleep).run()


def wrong(results: list[CheckResult]) -> list[str]:
    return [f"{result.what}: {result.problem}" for result in results if result.problem]


ANSWERED = {
    1: lambda cloud: cloud.post(),
    2: lambda cloud: cloud.runs("RUNNING"),
    3: lambda cloud: cloud.runs("SUCCESS"),
    4: lambda cloud: cloud.becomes("CREATE_COMPLETE"),
}


def test_a_loop_that_closes_is_well_and_leaves_nothing() -> None:
    cloud = LoopCloud(happens=ANSWERED)
    results = cloud.check()
    assert wrong(results) == []
    assert [result.what for result in results[:2]] == ["loop: stack", "loop: request"]
    assert results[-1].what == "loop: clean-up"
    assert cloud.seconds < 10
    made, deleted = cloud.calls[:3], cloud.calls[3:]
    assert made == ["create workflow", "create stack", "run action"]
    assert deleted == ["delete stack", "delete workflow", "delete execution"]


def test_without_a_bridge_it_ends_in_its_time_and_says_so() -> None:
    cloud = LoopCloud(happens={1: lambda cloud: cloud.post()})
    (said,) = wrong(cloud.check())
    assert said.startswith("loop: bell: no bridge took the request within 59 s, and none with this project's")
    assert 60 <= cloud.seconds < 62
    assert cloud.calls[2:] == ["delete stack", "delete workflow"]


def test_a_bridge_that_is_there_and_takes_nothing_is_named() -> None:
    cloud = LoopCloud(happens={1: lambda cloud: cloud.post()})
    cloud.seen.zaqar.post(ids.BRIDGE_QUEUE, HEARTBEAT.to_dict(), ttl=90)
    (said,) = wrong(cloud.check())
    assert "though one of this project's runs on desk" in said


def test_an_answer_that_does_not_arrive_is_tried_from_here() -> None:
    cloud = LoopCloud(happens={key: step for key, step in ANSWERED.items() if key < 4})
    (said,) = wrong(cloud.check())
    assert said.startswith("loop: answer: the bridge's answer does not arrive; nor does Heat take a report from here")
    assert "status 403: no; check [ec2authtoken]" in said
    assert cloud.seconds < 30


def test_a_stack_that_may_not_be_made_is_said_and_what_was_made_before_is_deleted() -> None:
    refusal = errors.Forbidden("Heat", "create a stack", "you may not", status=403)
    cloud = LoopCloud(refuses={"create stack": refusal})
    (said,) = wrong(cloud.check())
    assert said.startswith("loop: stack: Heat did not create a stack (403): you may not; this user needs the right")
    assert cloud.calls[2:] == ["delete stack", "delete workflow"]


def test_what_cannot_be_deleted_is_named_and_the_rest_is_deleted() -> None:
    away = errors.ServiceUnavailable("Mistral", "delete a workflow", "it is away")
    cloud = LoopCloud(happens=ANSWERED, refuses={"delete workflow": away})
    (said,) = wrong(cloud.check())
    assert said.startswith("loop: clean-up: delete by hand: workflow customresource_bridge_check_")
    assert cloud.calls[-1] == "delete execution"


def test_a_request_that_was_set_aside_ends_it_at_once_and_its_letter_is_deleted() -> None:
    def set_aside(cloud: LoopCloud) -> None:
        letter = {"reason": "Signature: is wrong", "queue": ids.stack_queue(STACK), "set_aside_at": NOW.isoformat()}
        cloud.seen.zaqar.post(ids.DEAD_LETTER_QUEUE, {**letter, "body": cloud.asked}, ttl=300)

    cloud = LoopCloud(happens={1: set_aside})
    cloud.seen.zaqar.post(ids.DEAD_LETTER_QUEUE, {"reason": "of another", "queue": "heat-cr-other"}, ttl=300)
    (said,) = wrong(cloud.check())
    assert said.startswith("loop: workflow: the bridge set the request aside: Signature: is wrong")
    assert cloud.seconds < 10
    assert cloud.seen.zaqar.count(ids.DEAD_LETTER_QUEUE) == 1


def test_a_stack_that_does_not_go_is_named() -> None:
    cloud = LoopCloud(happens=ANSWERED, stays=True)
    (said,) = wrong(cloud.check())
    assert "Heat did not delete a stack: it is CREATE_IN_PROGRESS" in said


def test_an_interrupt_deletes_all_the_same() -> None:
    def interrupt(_cloud: LoopCloud) -> None:
        raise KeyboardInterrupt

    cloud = LoopCloud(happens={1: interrupt})
    with pytest.raises(KeyboardInterrupt):
        cloud.check()
    assert cloud.calls[2:] == ["delete stack", "delete workflow"]
