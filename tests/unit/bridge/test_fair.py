"""Fairness and limits, on a simulated Mistral that ends fourteen executions a second: no sleeping, no threads."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

from bridge_life import Steps
from urllib3.exceptions import NewConnectionError

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeMistral, FakeZaqar

PROJECT = "p" * 32
PER_SECOND = 14
TICK = 0.1


class Simulation:
    """One bridge and its services, a tenth of a second at a time."""

    def __init__(self, **settings: Any) -> None:
        self.seconds = 0.0
        self.zaqar = FakeZaqar(lambda: self.seconds)
        self.mistral = FakeMistral({"w": frozenset({"request"})})
        self.answered: dict[str, float] = {}
        self.most = 0
        self.most_running = 0
        self._ended = 0.0
        self._workers = Steps()
        clock = Clock(now=self.now, monotonic=lambda: self.seconds)
        project = Project(id=PROJECT, zaqar=self.zaqar, mistral=self.mistral, heat=None, response_urls=self)  # type: ignore[arg-type]
        self.bridge = Bridge(project, Routes(), Settings(**settings), clock=clock, executor=self._workers)

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def allowed(self, _url: Any) -> bool:
        return True

    def put(self, url: Any, _body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        del attempt
        self.answered[url.reveal()] = self.seconds
        return PutOutcome.ACCEPTED, ""

    def post(self, stack: str, count: int) -> None:
        for number in range(count):
            body = {
                "RequestType": "Create",
                "ServiceToken": "mistral:w",
                "ResponseURL": f"{stack}/{number}",
                "StackId": f"arn:openstack:heat::{PROJECT}:stacks/s/{stack}",
                "RequestId": str(uuid.uuid4()),
                "ResourceType": "Custom::Thing",
                "LogicalResourceId": f"R{number}",
                "ResourceProperties": {},
                "OpenStack": {
                    "Version": 1,
                    "ProjectId": PROJECT,
                    "Deadline": (self.now() + timedelta(hours=1)).isoformat(),
                },
            }
            self.zaqar.post(ids.stack_queue(stack), body, ttl=7200)
        self.bridge._ready.add(ids.stack_queue(stack))

    def run(self, seconds: float) -> None:
        until = self.seconds + seconds
        while self.seconds < until:
            self.tick()

    def tick(self) -> None:
        for _ in range(10):  # what two claimers do in a tenth of a second, and eight workers
            if not self.bridge._full() and (queue := self.bridge._ready.take(0)) is not None:
                self.bridge._claim_from(queue)
        for call, args in [self._workers.waiting.pop(0) for _ in range(min(8, len(self._workers.waiting)))]:
            call(*args)
        running = [key for key in self.mistral.begun if not self.mistral.executions[key].final]
        self.most = max(self.most, len(self.bridge.table))
        self.most_running = max(self.most_running, len(running))
        self._ended += PER_SECOND * TICK
        for key in running[: int(self._ended)]:
            self.mistral.end(key, "SUCCESS", output={})
        self._ended -= int(self._ended)
        self.bridge._watcher.tick()
        for callback, args in self.bridge._timers.due():
            callback(*args)
        self.seconds += TICK


LARGE, SMALL = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def test_one_request_is_not_delayed_by_five_hundred_of_another_stack() -> None:
    world = Simulation()
    world.post(LARGE, 500)
    world.run(10)
    began = world.seconds
    world.post(SMALL, 1)
    world.run(10)
    assert world.answered[f"{SMALL}/0"] - began < 4.0


def test_five_hundred_take_no_longer_than_mistral_takes_for_them() -> None:
    world = Simulation()
    world.post(LARGE, 500)
    while len(world.answered) < 500:
        world.tick()
        assert world.seconds < 1.15 * 500 / PER_SECOND


def test_no_more_are_in_flight_than_is_allowed() -> None:
    world = Simulation(max_in_flight=30, fair_share=1000)
    world.post(LARGE, 200)
    world.run(5)
    assert 0 < world.most <= 30


def test_a_mistral_that_stands_still_leaves_the_rest_in_the_queue() -> None:
    world = Simulation()
    world.mistral.end = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    world.post(LARGE, 500)
    world.run(3)
    assert world.zaqar.count(ids.stack_queue(LARGE)) == 500
    assert len(world.bridge.table) <= Settings().fair_share


def test_a_queue_that_could_not_be_claimed_from_is_work_until_it_was_tried_again() -> None:
    world = Simulation()
    world.zaqar.claim_one = _unavailable  # type: ignore[method-assign]
    world.post(SMALL, 1)
    world.tick()
    assert not world.bridge.idle
    del world.zaqar.claim_one
    world.run(10)
    assert world.answered
    assert world.bridge.idle


def test_a_queue_that_could_not_be_claimed_from_is_left_to_others_at_the_end() -> None:
    world = Simulation()
    world.zaqar.claim_one = _unavailable  # type: ignore[method-assign]
    world.post(SMALL, 1)
    world.tick()
    assert world.bridge._ready.close() == [ids.stack_queue(SMALL)]


def test_a_project_that_is_refused_is_not_kept_by_it() -> None:
    world = Simulation()
    refuse = Mock(side_effect=errors.Forbidden("Zaqar", "claim messages", "no", status=403))
    world.zaqar.claim_one = refuse  # type: ignore[method-assign]
    world.post(SMALL, 1)
    world.tick()
    assert world.bridge.idle
    world.run(31)
    assert refuse.call_count == 2


def _unavailable(*_args: Any, **_kwargs: Any) -> Any:
    why = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    raise errors.ServiceUnavailable("Zaqar", "claim messages", "no connection") from why


def test_a_request_goes_on_when_the_one_before_it_is_dropped() -> None:
    world = Simulation()
    world.post(SMALL, 1)
    world.post(SMALL, 1)
    queue = ids.stack_queue(SMALL)
    for _ in range(2):
        world.bridge._claim_from(world.bridge._ready.take(0) or queue)
    first, second = world.bridge.table.all()
    assert world.bridge.table.blocked(second, world.now())
    call, args = world._workers.waiting.pop()
    call(*args)  # the second one's turn comes while it is blocked
    world._workers.waiting.clear()
    world.bridge.table.remove(first)
    world.run(10)
    assert second.answered


def test_two_stacks_of_long_workflows_leave_a_place_for_another_stacks_request() -> None:
    world = Simulation(max_in_flight=100)
    ends = world.mistral.end
    world.mistral.end = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    first, second, third = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
    world.post(first, 100)
    world.post(second, 100)
    world.run(30)
    assert 90 <= len(world.bridge.table) < 100
    world.post(third, 1)
    world.run(1)
    (entry,) = [entry for entry in world.bridge.table.all() if third in entry.identity.stack_id]
    assert entry.started
    ends(entry.key, "SUCCESS", output={})
    world.run(1)
    assert f"{third}/0" in world.answered


def test_a_project_at_its_limit_has_no_more_running_and_all_are_answered_in_the_end() -> None:
    world = Simulation(max_running=5)
    first, second = (str(uuid.UUID(int=number)) for number in (1, 2))
    world.post(first, 40)
    world.post(second, 10)
    while len(world.answered) < 50:
        world.tick()
        assert world.seconds < 60
    assert world.most_running == 5
    assert world.bridge.idle


def test_a_place_that_is_free_is_taken_at_once() -> None:
    world = Simulation(max_running=1)
    world.post(SMALL, 10)
    while len(world.answered) < 10:
        world.tick()
    assert world.seconds < 10 * 5 * TICK


def test_a_stack_that_is_held_back_leaves_the_first_places_in_flight_to_other_stacks() -> None:
    world = Simulation(max_running=1)
    world.mistral.end = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    world.post(LARGE, 100)
    world.post(SMALL, 1)
    world.run(5)
    assert world.most_running == 1
    assert any(SMALL in entry.identity.stack_id for entry in world.bridge.table.held_back())
    assert len(world.bridge.table) <= Settings().fair_share + 1


def test_a_request_that_is_held_back_is_answered_at_its_deadline() -> None:
    world = Simulation(max_running=1)
    world.mistral.end = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    world.post(SMALL, 2)
    world.run(5)
    (held,) = world.bridge.table.held_back()
    world.seconds += 3600
    world.run(10)
    assert f"{SMALL}/1" in world.answered
    assert held.started is False
