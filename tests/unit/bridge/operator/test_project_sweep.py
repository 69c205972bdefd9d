import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.operator.project_sweep import ProjectSweep, pause_after


class World:
    """Projects and their queues, and what the sweep did."""

    def __init__(self) -> None:
        self.queues: dict[str, list[str] | Exception] = {}
        self.swept: list[tuple[str, str]] = []
        self.unneeded: list[str] = []
        self.sweep = ProjectSweep(
            projects=lambda: list(self.queues),
            queues=self._queues,
            swept=self._sweep,
            unneeded=self.unneeded.append,
            interval=0.001,
            least=0.0,
        )

    def _queues(self, project_id: str) -> list[str]:
        found = self.queues[project_id]
        if isinstance(found, Exception):
            raise found
        return found

    def _sweep(self, project_id: str, queue: str) -> bool:
        self.swept.append((project_id, queue))
        return True


@pytest.mark.parametrize(
    ("queues", "projects", "seconds"),
    [(3, 10, 360.0), (0, 10_000, 1.0), (1, 10_000, 1.0), (5000, 10, 5000.0)],
    ids=["few", "many projects", "each with a stack", "many stacks"],
)
def test_a_round_takes_its_hour_or_as_long_as_a_look_a_second_takes(queues: int, projects: int, seconds: float) -> None:
    assert pause_after(queues, projects=projects, interval=3600.0, least=1.0) == seconds


class Clocked:
    """A sweep over many projects, one of which has ten thousand queues that were made up; time passes as it rests."""

    def __init__(self) -> None:
        self.now, self.listed = 0.0, 0
        self.queues = {f"p{number}": [f"{number}-{queue}" for queue in range(3)] for number in range(20)}
        self.queues["flood"] = [f"made-up-{number}" for number in range(10_000)]
        self.swept: dict[str, list[float]] = {}
        self.sweep = ProjectSweep(
            projects=lambda: list(self.queues),
            queues=self._list,
            swept=lambda _project, queue: bool(self.swept.setdefault(queue, []).append(self.now)),
            unneeded=pytest.fail,
            interval=60.0,
            monotonic=lambda: self.now,
            rest=self._rest,
        )

    def _list(self, project_id: str) -> Iterator[str]:
        for queue in self.queues[project_id]:
            self.listed += project_id == "flood"
            yield queue

    def _rest(self, seconds: float) -> bool:
        self.now += seconds
        return False


def test_ten_thousand_queues_of_one_project_delay_the_others_by_seconds() -> None:
    world = Clocked()
    for _ in range(10):
        world.sweep.sweep()
    others = [times for queue, times in world.swept.items() if not queue.startswith("made-up")]
    assert len(others) == 60
    gaps = [later - earlier for times in others for earlier, later in itertools.pairwise(times)]
    # A round of 20 projects with three queues takes a minute, and a turn of the flood 20 seconds.
    assert len(gaps) >= 60 * 9
    assert max(gaps) <= 2 * (60 + 2 * 20)


def test_a_project_of_many_queues_goes_on_where_it_was_and_comes_to_its_end() -> None:
    world = Clocked()
    world.queues = {"flood": world.queues["flood"][:1000], "p": ["q"]}
    while len(world.swept) < 1001:
        world.sweep.sweep()
        assert world.now < 1500
    assert max(len(times) for queue, times in world.swept.items() if queue != "q") == 1
    assert world.listed <= 1001


def test_one_turn_lists_no_more_than_it_looks_at() -> None:
    world = Clocked()
    assert world.sweep.sweep_project("flood") == world.listed == 20


@pytest.fixture
def world() -> World:
    return World()


def test_every_queue_of_every_project_is_swept(world: World) -> None:
    world.queues = {"a": ["q1", "q2"], "b": ["q3"]}
    world.sweep.sweep()
    assert sorted(world.swept) == [("a", "q1"), ("a", "q2"), ("b", "q3")]


def test_with_nobody_to_look_at_a_round_waits(world: World) -> None:
    waited: list[float] = []
    world.sweep._rest = waited.append  # type: ignore[assignment]
    world.sweep.sweep()
    assert waited == [0.001]


@pytest.mark.parametrize("kind", [errors.ServiceUnavailable, errors.Unauthorized, errors.Forbidden])
def test_one_project_that_cannot_be_looked_through_does_not_end_the_round(world: World, kind: Any) -> None:
    world.queues = {"broken": kind("Keystone", "issue a token", "no"), **{f"p{number}": ["q"] for number in range(9)}}
    world.sweep.sweep()
    assert len(world.swept) == 9
    assert world.unneeded == []


def test_a_trust_is_unneeded_when_two_rounds_running_found_no_queue(world: World) -> None:
    world.queues = {"a": []}
    world.sweep.sweep()
    assert world.unneeded == []
    world.queues = {"a": ["q"]}
    world.sweep.sweep()
    world.queues = {"a": []}
    world.sweep.sweep()
    assert world.unneeded == []
    world.sweep.sweep()
    assert world.unneeded == ["a"]


def test_one_that_never_began_may_be_stopped(world: World) -> None:
    world.sweep.stop()
    assert world.swept == []
