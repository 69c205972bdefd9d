"""One bridge for each project with work, none of which waits for another."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from bridge_parts import wait_for
from patience import until

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.operator.project_bridges import OPENINGS, ProjectBridges


class FakeBridge:
    """What is known of a bridge."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.swept: list[str] = []
        self.idle = True
        self.heard = threading.Event()
        self.stopped = threading.Event()
        self.left: set[str] = set()

    def start(self) -> None:
        pass

    def ring(self, queue: str, *, swept: bool = False) -> None:
        (self.swept if swept else self.rung).append(queue)
        self.heard.set()

    def stop(self) -> set[str]:
        self.stopped.set()
        return self.left


class Opener:
    """Opens fake bridges; a project may be made to fail, or to hang until it is let go."""

    def __init__(self) -> None:
        self.bridges: dict[str, FakeBridge] = {}
        self.opened = threading.Semaphore(0)
        self.failing: dict[str, Exception] = {}
        self.let_go, self.hangs = threading.Event(), threading.Event()
        self.hanging: set[str] = set()
        self.hung: list[str] = []

    def __call__(self, project_id: str) -> Any:
        try:
            if project_id in self.hanging:
                self.hung.append(project_id)
                self.hangs.set()
                self.let_go.wait(10)
            if project_id in self.failing:
                raise self.failing[project_id]
            return self.bridges.setdefault(project_id, FakeBridge())
        finally:
            self.opened.release()

    def bridge(self, project_id: str) -> FakeBridge:
        assert self.opened.acquire(timeout=10)
        return self.bridges[project_id]


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def bridges(opener: Opener) -> Any:
    made = ProjectBridges(opener, limit=2, linger=60, trusts_stale_after=3.0)
    yield made
    opener.let_go.set()
    wait_for(made._openers)


def test_a_bell_opens_its_project_and_reaches_it(bridges: ProjectBridges, opener: Opener) -> None:
    assert bridges.ring("a", "q1")
    bridge = opener.bridge("a")
    assert bridge.heard.wait(10)
    assert bridges.ring("a", "q2")
    assert bridge.rung == ["q1", "q2"]


def test_a_project_that_opens_slowly_delays_no_other(bridges: ProjectBridges, opener: Opener) -> None:
    opener.hanging.add("slow")
    assert bridges.ring("slow", "q1")
    assert bridges.ring("quick", "q2")
    assert opener.bridge("quick").heard.wait(10)
    assert "slow" not in opener.bridges
    assert bridges.ring("slow", "q3")
    opener.let_go.set()
    slow = opener.bridge("slow")
    assert slow.heard.wait(10)
    assert sorted(slow.rung) == ["q1", "q3"]


def test_only_so_many_are_opened_at_a_time_and_none_more_once_the_process_ends(opener: Opener) -> None:
    slow = [f"slow-{number}" for number in range(OPENINGS)]
    opener.hanging = {*slow}
    bridges = ProjectBridges(opener, limit=OPENINGS + 1, linger=60.0)
    for project in (*slow, "p"):
        assert bridges.ring(project, "work")
    until(lambda: len(opener.hung) == OPENINGS)
    left = bridges.stop()
    opener.let_go.set()
    assert left == {project: {"work"} for project in (*slow, "p")}
    until(lambda: sum(bridge.stopped.is_set() for bridge in list(opener.bridges.values())) == OPENINGS)
    assert "p" not in opener.bridges


def test_beyond_the_limit_a_bell_is_given_back(bridges: ProjectBridges) -> None:
    assert bridges.ring("a", "q")
    assert bridges.ring("b", "q")
    assert not bridges.ring("c", "q")
    assert bridges.ring("a", "q")


UNTRUSTED = errors.Unauthorized("Keystone", "issue a token", "no owner trusts the bridge", status=401)


def test_a_project_whose_first_trust_was_made_after_the_list_is_opened_by_its_first_bell(
    bridges: ProjectBridges, opener: Opener
) -> None:
    opener.failing["a"] = UNTRUSTED
    assert bridges.ring("a", "q")
    assert opener.opened.acquire(timeout=10)
    _until(lambda: bridges._timers._heap)
    due, _, callback, arguments = bridges._timers._heap.pop()
    assert due - time.monotonic() <= 3.0
    opener.failing.clear()
    callback(*arguments)
    assert opener.bridge("a").heard.wait(10)
    assert opener.bridges["a"].rung == ["q"]


def test_a_project_without_a_trust_takes_no_place_for_long(bridges: ProjectBridges, opener: Opener) -> None:
    opener.failing["a"] = UNTRUSTED
    assert bridges.ring("a", "q")
    assert opener.opened.acquire(timeout=10)
    _until(lambda: bridges._timers._heap)
    _, _, callback, arguments = bridges._timers._heap.pop()
    assert len(bridges) == 1
    callback(*arguments)
    wait_for(bridges._openers)
    assert len(bridges) == 0
    assert not bridges._timers._heap


@pytest.mark.parametrize(
    "error", [errors.ServiceUnavailable("Keystone", "issue a token", "it did not answer in time"), KeyError("x")]
)
def test_a_project_that_cannot_be_opened_yet_is_tried_again(
    bridges: ProjectBridges, opener: Opener, error: Exception
) -> None:
    opener.failing["a"] = error
    assert bridges.ring("a", "q")
    assert opener.opened.acquire(timeout=10)
    _until(lambda: bridges._timers._heap)
    _, _, callback, arguments = bridges._timers._heap[0]
    opener.failing.clear()
    callback(*arguments)
    assert opener.bridge("a").heard.wait(10)


def test_a_project_without_work_is_ended_after_a_while(opener: Opener) -> None:
    now = [0.0]
    bridges = ProjectBridges(opener, limit=2, linger=60, clock=Clock(monotonic=lambda: now[0]))
    bridges.ring("a", "q")
    bridge = opener.bridge("a")
    assert bridge.heard.wait(10)
    bridge.idle = False
    for moment, still_there in ((100.0, 1), (200.0, 1)):
        now[0] = moment
        bridges._look_for_idle()
        assert len(bridges) == still_there
    bridge.idle = True
    bridges._look_for_idle()
    now[0] = 230.0
    bridges.ring("a", "q")  # begins the wait anew
    bridges._look_for_idle()
    now[0] = 261.0
    bridges._look_for_idle()
    assert len(bridges) == 1
    now[0] = 291.0
    bridges._look_for_idle()
    assert len(bridges) == 0
    assert bridge.stopped.wait(10)
    wait_for(bridges._openers)


def test_what_a_sweep_came_upon_is_no_bell(bridges: ProjectBridges, opener: Opener) -> None:
    opener.hanging.add("a")
    for queue, swept in (("q1", True), ("q2", False), ("q2", True), ("q3", True), ("q3", False)):
        assert bridges.ring("a", queue, swept=swept)
    opener.let_go.set()
    bridge = opener.bridge("a")
    assert bridge.heard.wait(10)
    _until(lambda: len(bridge.rung + bridge.swept) == 3)
    assert bridges.ring("a", "q4", swept=True)
    assert (bridge.swept, sorted(bridge.rung)) == (["q1", "q4"], ["q2", "q3"])


def test_a_project_that_only_a_sweep_opened_does_not_linger(bridges: ProjectBridges, opener: Opener) -> None:
    for project in ("a", "b"):
        bridges.ring(project, "q", swept=True)
        bridge = opener.bridge(project)
        assert bridge.heard.wait(10)
        bridge.idle = False
    bridges._look_for_idle()
    assert len(bridges) == 2  # their queues are yet to be looked into
    bridges.ring("b", "q")
    for bridge in opener.bridges.values():
        bridge.idle = True
    bridges._look_for_idle()
    assert bridges.projects() == ["b"]
    assert opener.bridges["a"].stopped.wait(10)


def test_the_end_names_the_queues_that_still_have_work(bridges: ProjectBridges, opener: Opener) -> None:
    bridges.start()
    for project in ("a", "b"):
        bridges.ring(project, "q")
        opener.bridge(project)
    for bridge in opener.bridges.values():
        assert bridge.heard.wait(10)
    opener.bridges["a"].left = {"q", "r"}
    assert bridges.stop() == {"a": {"q", "r"}}
    assert not bridges.ring("a", "q")
    assert opener.bridges["b"].stopped.is_set()


def test_the_end_waits_for_no_project_that_opens_slowly_and_passes_on_what_waits_for_it(
    bridges: ProjectBridges, opener: Opener
) -> None:
    bridges.start()
    opener.hanging.add("a")
    bridges.ring("a", "q")
    assert opener.hangs.wait(10), "one that is not begun before the end is never opened"
    assert bridges.stop() == {"a": {"q"}}
    opener.let_go.set()
    assert opener.bridge("a").stopped.wait(10)
    assert opener.bridges["a"].rung == []


def _until(true: Callable[[], Any]) -> None:
    for _ in range(1000):
        if true():
            return
        threading.Event().wait(0.01)
    pytest.fail("it did not come")
