"""The promise, as a state machine: claim, start, answer, delete, by two bridges that may die at every step.

The bridges are the real ones, without their threads: hypothesis decides which of them does what, and when a call's
effect, its answer, a whole process, or Zaqar's memory is lost. Whatever it does, each request must end in one outcome,
run at most once, and never after the Delete that put an end to it.
"""

import itertools
import json
import logging
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.mistral import Execution
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeMistral, FakeZaqar

PROJECT = "p" * 32
STACK = "11111111-1111-4111-8111-111111111111"
ARN = f"arn:openstack:heat::{PROJECT}:stacks/s/{STACK}"
QUEUE = ids.stack_queue(STACK)
BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
TIMEOUT = 900


class Died(BaseException):
    """The process is killed: no handler of ordinary exceptions runs."""


class Trouble:
    """Stands before a service and spoils the call that hypothesis chose."""

    def __init__(self, world: "World", service: Any, name: str) -> None:
        self._world, self._service, self._name = world, service, name

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._service, method)

        def spoilt(*args: Any, **kwargs: Any) -> Any:
            fault = self._world.next_fault()
            if fault == "dies before":
                raise Died
            if fault == "lost":
                raise errors.ServiceUnavailable(self._name, method, "lost", status=None)
            if fault == "503":
                raise errors.ServiceUnavailable(self._name, method, "busy", status=503)
            result = call(*args, **kwargs)
            if fault == "dies after":
                raise Died
            if fault == "answer lost":
                raise errors.ServiceUnavailable(self._name, method, "answer lost", status=None)
            return result

        return spoilt


FAULTS = ["dies before", "dies after", "lost", "answer lost", "503"]


@dataclass
class Asked:
    """A request as the plugin keeps it."""

    body: dict[str, Any]
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    given_up: bool = False

    @property
    def id(self) -> str:
        return str(self.body["RequestId"])

    @property
    def pending(self) -> bool:
        return not self.outcomes and not self.given_up


class World:
    """Heat and its plugin, the services, and the clock."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.faults: list[tuple[int, str]] = []
        self.calls = 0
        self.zaqar = FakeZaqar(lambda: self.seconds)
        self.mistral = FakeMistral({"w": frozenset({"request"})})
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
            body["PhysicalResourceId"] = "thing"
        if kind == "Update":
            body["OldResourceProperties"] = {}
        request = Asked(body)
        self.asked[request.id] = self.latest[name] = request
        self.post(request)

    def runs_for(self, key: str) -> str:
        """The RequestId that an execution was started for."""
        return str(self.mistral.executions[key].input["request"]["RequestId"])

    def execution_of(self, request: Asked) -> Execution | None:
        return next((e for key, e in self.mistral.executions.items() if self.runs_for(key) == request.id), None)

    def post(self, request: Asked) -> None:
        self.zaqar.post(QUEUE, request.body, ttl=2 * TIMEOUT)

    def put(self, _url: Any, body: bytes) -> tuple[PutOutcome, str]:
        """What Heat does with a response."""
        response = json.loads(body)
        request = self.asked[response["RequestId"]]
        if not request.pending:
            return PutOutcome.REFUSED, "nobody waits for it"
        request.outcomes.append(response)
        return PutOutcome.ACCEPTED, "ok"


class Steps(Executor):
    """Keeps what is to be done until the test lets it be done."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert not kwargs
        self.waiting.append((call, args))
        return Future()


class ResponseURLs:
    """What Heat's address answers, through the same trouble as all else."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.bases = ("somewhere",)

    def allowed(self, _url: Any) -> bool:
        return True

    def put(self, url: Any, body: bytes) -> tuple[PutOutcome, str]:
        fault = self._world.next_fault()
        if fault == "dies before":
            raise Died
        if fault in {"lost", "503"}:
            return PutOutcome.RETRY, fault
        result = self._world.put(url, body)
        if fault == "dies after":
            raise Died
        return (PutOutcome.RETRY, fault) if fault == "answer lost" else result


class Heat:
    """Heat's one answer: the stack is there."""

    def stack_exists(self, _name: str, _uuid: str) -> bool:
        return True


class Life:
    """One life of one bridge's process."""

    def __init__(self, world: World) -> None:
        self.steps = Steps()
        clock = Clock(now=world.now, monotonic=lambda: world.seconds)
        project = Project(
            id=PROJECT,
            zaqar=Trouble(world, world.zaqar, "Zaqar"),  # type: ignore[arg-type]
            mistral=Trouble(world, world.mistral, "Mistral"),  # type: ignore[arg-type]
            heat=Heat(),  # type: ignore[arg-type]
            response_urls=ResponseURLs(world),  # type: ignore[arg-type]
        )
        self.bridge = Bridge(project, Routes(), Settings(), clock=clock, executor=self.steps)

    def claim(self) -> None:
        self.bridge._ready.add(QUEUE)
        if (queue := self.bridge._ready.take(0)) is not None:
            self.bridge._claim_from(queue)

    def step(self, number: int = 0) -> None:
        if self.steps.waiting:
            call, args = self.steps.waiting.pop(number % len(self.steps.waiting))
            call(*args)

    def tick(self) -> None:
        self.bridge._watcher.tick()
        for timers in (self.bridge._timers, self.bridge._claims._timers):
            for callback, args in timers.due():
                callback(*args)


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
        self.lives = [Life(self.world), Life(self.world)]
        self.began: list[str] = []

    def alive(self, number: int, what: Any, *args: Any) -> None:
        try:
            what(self.lives[number], *args)
        except Died:
            self.lives[number] = Life(self.world)
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
        self.lives[number] = Life(self.world)

    @rule(seconds=st.sampled_from([1, 20, 61, 130, 400]))
    def wait(self, seconds: int) -> None:
        self.world.seconds += seconds

    @rule()
    def zaqar_forgets(self) -> None:
        self.world.zaqar.forget_everything()

    @precondition(lambda self: self.world.mistral.begun)
    @rule(which=st.integers(0, 5), state=st.sampled_from(["SUCCESS", "ERROR"]))
    def workflow_ends(self, which: int, state: str) -> None:
        begun = self.world.mistral.begun
        self.world.mistral.end(begun[which % len(begun)], state, output={"id": which}, state_info="why")

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
            for request in world.latest.values():
                if request.pending:
                    world.post(request)
            for number in range(2):
                for what in (Life.claim, Life.claim, Life.step, Life.step, Life.step, Life.tick):
                    self.alive(number, what)
            for key in world.mistral.begun:
                world.mistral.end(key, "SUCCESS", output={})
            world.seconds += 31
            if self.quiet():
                break
        for request in world.asked.values():
            assert request.outcomes or request.given_up, "a request without an outcome"
            self.compare(request)
        assert world.zaqar.count(QUEUE) == 0, "a message is left"
        assert all(len(life.bridge.table) == 0 for life in self.lives)

    def quiet(self) -> bool:
        return (
            not any(request.pending for request in self.world.asked.values())
            and self.world.zaqar.count(QUEUE) == 0
            and not any(len(life.bridge.table) or life.steps.waiting for life in self.lives)
        )

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
