"""The promise, as a state machine: claim, start, answer, delete, by two bridges that may die at every step.

The bridges are the real ones, without their threads: hypothesis decides which of them does what, and when a call's
effect, its answer, a whole process, or Zaqar's memory is lost. Whatever it does, each request must end in one outcome,
run at most once, and never after the Delete that put an end to it; what an execution named is heard of, or named by the
Delete; and no execution is left running after its deadline.
"""

import itertools
import json
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from bridge_life import FAULTS, Died, Life
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeMistral, FakeZaqar

PROJECT = "p" * 32
STACK = "11111111-1111-4111-8111-111111111111"
ARN = f"arn:openstack:heat::{PROJECT}:stacks/s/{STACK}"
QUEUE = ids.stack_queue(STACK)
BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
TIMEOUT = 900


@dataclass
class Asked:
    """A request as the plugin keeps it."""

    body: dict[str, Any]
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    late: list[dict[str, Any]] = field(default_factory=list)
    given_up: bool = False

    @property
    def id(self) -> str:
        return str(self.body["RequestId"])

    @property
    def pending(self) -> bool:
        return not self.outcomes and not self.given_up


class Mistral(FakeMistral):
    """As the real one: what is cancelled has tasks that go on, until hypothesis lets them end."""

    def cancel(self, execution_id: str) -> None:
        known = self.executions.get(execution_id)
        if known is not None and not known.final:
            self.acting.add(execution_id)
        super().cancel(execution_id)


class World:
    """Heat and its plugin, the services, and the clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.faults: list[tuple[int, str]] = []
        self.calls = 0
        self.zaqar = FakeZaqar(lambda: self.seconds)
        self.mistral = Mistral({"w": frozenset({"request"})})
        self.asked: dict[str, Asked] = {}
        self.latest: dict[str, Asked] = {}
        self.numbers = itertools.count(1)

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def next_fault(self) -> str | None:
        self.calls += 1
        if self.faults and self.calls >= self.faults[0][0]:
            return self.faults.pop(0)[1]
        return None

    def ask(self, name: str, kind: str, previous: Asked | None) -> None:
        extras = {"Version": 1, "ProjectId": PROJECT, "Deadline": (self.now() + timedelta(seconds=TIMEOUT)).isoformat()}
        if previous is not None:
            extras["PreviousRequestId"] = previous.id
            extras["PreviousResponseURL"] = f"https://heat/answer/{previous.id}"
        body: dict[str, Any] = {
            "RequestType": kind,
            "ServiceToken": "mistral:w",
            "ResponseURL": "https://heat/answer",
            "StackId": ARN,
            "RequestId": str(uuid.UUID(int=next(self.numbers))),
            "ResourceType": "Custom::Thing",
            "LogicalResourceId": name,
            "ResourceProperties": {"a": "b"},
            "OpenStack": extras,
        }
        if kind != "Create":
            body["PhysicalResourceId"] = self.known_id(name, previous)
        if kind == "Update":
            body["OldResourceProperties"] = {}
        request = Asked(body)
        self.asked[request.id] = self.latest[name] = request
        self.post(request)

    def known_id(self, name: str, previous: Asked | None) -> str:
        """What the plugin names: the derived id where nobody told it another."""
        if previous is None or previous.body["RequestType"] != "Create":
            return "thing"
        return ids.default_physical_resource_id(stack_id=ARN, logical_resource_id=name, request_id=previous.id)

    def runs_for(self, key: str) -> str:
        """The RequestId that an execution was started for."""
        return str(self.mistral.executions[key].input["request"]["RequestId"])

    def execution_of(self, request: Asked) -> Execution | None:
        return next((e for key, e in self.mistral.executions.items() if self.runs_for(key) == request.id), None)

    def post(self, request: Asked) -> None:
        self.zaqar.post(QUEUE, request.body, ttl=2 * TIMEOUT)

    def put(self, _url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        """What Heat does with a response."""
        del attempt
        response = json.loads(body)
        request = self.asked[response["RequestId"]]
        request.late.append(response)
        if not request.pending:
            return PutOutcome.ACCEPTED, "late, and entered into the account"
        request.outcomes.append(response)
        return PutOutcome.ACCEPTED, "ok"

    def put_late(self, body: bytes) -> None:
        raise AssertionError(body)

    def stack_exists(self, _name: str, _uuid: str) -> bool:
        return True


def a_life(world: World) -> Life:
    return Life(world, project=PROJECT, queue=QUEUE)


NAMES = ["A", "B"]


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """Keep the bridge from logging each of a hundred thousand steps; other tests read its log."""
    log = logging.getLogger("customresource_bridge")
    before = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(before)


class Promise(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.lives = [a_life(self.world), a_life(self.world)]
        self.began: list[str] = []

    def alive(self, number: int, what: Any, *args: Any) -> None:
        try:
            what(self.lives[number], *args)
        except Died:
            self.lives[number] = a_life(self.world)
        self.look_at_order()

    def look_at_order(self) -> None:
        """At the moment an execution begins, what it put an end to must have ended, and may never begin."""
        for key in self.world.mistral.begun[len(self.began) :]:
            request = self.world.asked[self.world.runs_for(key)]
            self.began.append(request.id)
            for other in self.world.asked.values():
                ends = other.body["OpenStack"].get("PreviousRequestId")
                if ends == request.id:
                    assert other.id not in self.began, "it began after the Delete that put an end to it"
                if request.body["OpenStack"].get("PreviousRequestId") == other.id:
                    stopped = self.world.execution_of(other)
                    assert stopped is None or stopped.final, "the Delete began while its predecessor still ran"
                    if stopped is not None and self.has_half_its_time(request):
                        self.look_at_predecessor(key, other, stopped)

    def has_half_its_time(self, request: Asked) -> bool:
        deadline = datetime.fromisoformat(request.body["OpenStack"]["Deadline"])
        return self.world.now() < deadline - timedelta(seconds=TIMEOUT / 2)

    def look_at_predecessor(self, key: str, other: Asked, stopped: Execution) -> None:
        """Nothing of it acts any more, and what it named was heard, or is named by its successor."""
        if stopped.state == "CANCELLED":
            assert stopped.id not in self.world.mistral.acting, "the Delete began while a task could still act"
        made = (stopped.output or {}).get("physical_resource_id")
        heard = [answer.get("PhysicalResourceId") for answer in other.late]
        named = self.world.mistral.executions[key].input["request"]["PhysicalResourceId"]
        assert made is None or made in heard or made == named, "what its predecessor made was not told"

    # What Heat does.

    @rule(name=st.sampled_from(NAMES), kind=st.sampled_from(["Update", "Delete"]))
    def ask(self, name: str, kind: str) -> None:
        latest = self.world.latest.get(name)
        if latest is None or (latest.body["RequestType"] == "Delete" and not latest.pending):
            self.world.ask(name, "Create", None)
        elif not latest.pending:
            self.world.ask(name, kind, None)
        elif kind == "Delete" and latest.body["RequestType"] != "Delete":
            latest.given_up = True
            self.world.ask(name, "Delete", latest)

    @rule(name=st.sampled_from(NAMES))
    def post_again(self, name: str) -> None:
        if name in self.world.latest and self.world.latest[name].pending:
            self.world.post(self.world.latest[name])

    # What the bridges do.

    @rule(number=st.sampled_from([0, 1]))
    def claim(self, number: int) -> None:
        self.alive(number, Life.claim)

    @rule(number=st.sampled_from([0, 1]), which=st.integers(0, 3))
    def work(self, number: int, which: int) -> None:
        self.alive(number, Life.step, which)

    @rule(number=st.sampled_from([0, 1]))
    def tick(self, number: int) -> None:
        self.alive(number, Life.tick)

    # What happens to them.

    @rule(after=st.integers(1, 6), fault=st.sampled_from(FAULTS))
    def spoil(self, after: int, fault: str) -> None:
        self.world.faults.append((self.world.calls + after, fault))

    @rule(number=st.sampled_from([0, 1]))
    def kill(self, number: int) -> None:
        self.lives[number] = a_life(self.world)

    @rule(seconds=st.sampled_from([1, 20, 61, 130, 400]))
    def wait(self, seconds: int) -> None:
        self.world.seconds += seconds

    @rule()
    def zaqar_forgets(self) -> None:
        self.world.zaqar.forget_everything()

    @precondition(lambda self: self.world.mistral.begun)
    @rule(which=st.integers(0, 5), state=st.sampled_from(["SUCCESS", "ERROR"]), names=st.booleans())
    def workflow_ends(self, which: int, state: str, names: bool) -> None:
        begun = self.world.mistral.begun
        key = begun[which % len(begun)]
        output = {"physical_resource_id": f"made-{key}"} if names else {"id": which}
        self.world.mistral.end(key, state, output=output, state_info="why")

    @precondition(lambda self: self.world.mistral.acting)
    @rule()
    def tasks_end(self) -> None:
        self.world.mistral.acting.clear()

    @rule(name=st.sampled_from(NAMES))
    def deadline_passes_unnoticed(self, name: str) -> None:
        if name in self.world.latest:
            self.world.seconds += 2 * TIMEOUT

    # The promise.

    @invariant()
    def one_outcome_and_one_execution_at_most(self) -> None:
        ran_for = [self.world.runs_for(key) for key in self.world.mistral.begun]
        assert len(ran_for) == len(set(ran_for)), "two executions of one request"
        assert set(ran_for) <= set(self.world.asked)
        for request in self.world.asked.values():
            assert len(request.outcomes) <= 1

    def teardown(self) -> None:
        """Once the trouble is over and somebody waits, everything comes to its end by itself."""
        world = self.world
        world.faults.clear()
        for _ in range(200):
            world.mistral.acting.clear()
            for request in world.latest.values():
                if request.pending:
                    world.post(request)
            for number in range(2):
                for what in (Life.claim, Life.claim, Life.step, Life.step, Life.step, Life.tick):
                    self.alive(number, what)
            for key in world.mistral.begun:
                if not self.is_overdue(key):  # those are for the bridges to stop
                    world.mistral.end(key, "SUCCESS", output={})
            world.seconds += 31
            if self.quiet():
                break
        for request in world.asked.values():
            assert request.outcomes or request.given_up, "a request without an outcome"
            self.compare(request)
            self.look_for_what_it_made(request)
        assert world.zaqar.count(QUEUE) == 0, "a message is left"
        assert all(len(life.bridge.table) == 0 for life in self.lives)

    def quiet(self) -> bool:
        return (
            not any(request.pending for request in self.world.asked.values())
            and self.world.zaqar.count(QUEUE) == 0
            and not any(len(life.bridge.table) or life.steps.waiting for life in self.lives)
        )

    def is_overdue(self, key: str) -> bool:
        body = self.world.asked[self.world.runs_for(key)].body
        return datetime.fromisoformat(body["OpenStack"]["Deadline"]) <= self.world.now()

    def look_for_what_it_made(self, request: Asked) -> None:
        """What an execution named, Heat has heard, or the Delete that put an end to the request has named."""
        execution = self.world.execution_of(request)
        made = (execution.output or {}).get("physical_resource_id") if execution else None
        if made is None or request.body["RequestType"] == "Delete":
            return
        heard = [answer.get("PhysicalResourceId") for answer in request.late]
        deleted = [
            known.input["request"].get("PhysicalResourceId")
            for known in self.world.mistral.executions.values()
            if known.input["request"]["RequestType"] == "Delete"
        ]
        assert made in heard or made in deleted, "what it made is forgotten"

    def compare(self, request: Asked) -> None:
        """The outcome that Heat has is that of the execution."""
        execution = self.world.execution_of(request)
        assert execution is None or execution.final, "an execution without an end"
        if not request.outcomes:
            return
        outcome = request.outcomes[0]
        if "did not respond" in outcome.get("Reason", ""):
            return  # its time was over; what could not be stopped may have ended well after all
        succeeded = execution is not None and execution.state == "SUCCESS"
        assert (outcome["Status"] == "SUCCESS") == succeeded, outcome


TestPromise = Promise.TestCase
TestPromise.settings = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=int(os.environ.get("CRB_MODEL_RUNS", "300")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
