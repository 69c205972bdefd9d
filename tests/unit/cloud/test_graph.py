"""Steps run when what they need is done; one failure ends the run and is the one that is raised."""

import threading

import pytest

from devstack.cloud import graph
from devstack.cloud.graph import Step


def test_a_step_runs_after_what_it_needs() -> None:
    ran: list[str] = []
    steps = [
        Step("c", ("a", "b"), lambda: ran.append("c")),
        Step("b", ("a",), lambda: ran.append("b")),
        Step("a", (), lambda: ran.append("a")),
    ]
    graph.run(steps, threading.Event())
    assert ran == ["a", "b", "c"]


def test_nothing_to_do_is_done() -> None:
    graph.run([], threading.Event())


def test_after_an_error_nothing_begins_any_more() -> None:
    ran: list[str] = []
    abort = threading.Event()

    def fail() -> None:
        raise RuntimeError("the first")

    with pytest.raises(RuntimeError, match="the first"):
        graph.run([Step("a", (), fail), Step("b", ("a",), lambda: ran.append("b"))], abort)
    assert abort.is_set()
    assert ran == []


@pytest.mark.parametrize("needs", ["b", "nobody"])
def test_a_step_that_can_never_run_is_found_before_anything_does(needs: str) -> None:
    ran: list[str] = []
    steps = [Step("a", (), lambda: ran.append("a")), Step("b", (needs,), lambda: None)]
    with pytest.raises(ValueError, match="never possible: b"):
        graph.run(steps, threading.Event())
    assert ran == []
