"""The bridge's threads: never two at one request, and a PUT that hangs holds up none but other PUTs."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from bridge_parts import entry

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.worker_pool import WorkerPool
from customresource_bridge.protocol import Response, Status

PATIENCE = 30


class Work:
    """What the threads do: hang, where it is a PUT, until the test lets them go on."""

    def __init__(self) -> None:
        self.table: dict[str, InFlight] = {}
        self.pool = WorkerPool(self, self.table.get, threads=1)
        self.done: list[str] = []
        self.came, self.settled, self.go_on = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, one: InFlight) -> None:
        if one.delivers:
            self.came.set()
            assert self.go_on.wait(PATIENCE)
        self.done.append(one.key)
        if not one.delivers:
            self.settled.set()

    def take(self, one: InFlight, *, answers: bool = False) -> InFlight:
        if answers:
            one.settle(Response(status=Status.SUCCESS, identity=one.identity), at=0.0)
        self.table[one.key] = one
        self.pool.submit(one)
        return one


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.go_on.set()
    made.pool.close()


def test_a_put_that_hangs_does_not_keep_requests_from_being_started(work: Work) -> None:
    for number in range(3):
        work.take(entry(f"answered-{number}"), answers=True)
    assert work.came.wait(PATIENCE)
    work.take(entry("new"))
    assert work.settled.wait(PATIENCE)
    assert work.done == ["A-new"]


def outcome(one: InFlight) -> Response:
    return Response(status=Status.FAILED, reason="it failed", identity=one.identity)


def test_what_is_told_of_predecessors_does_not_keep_requests_from_being_started(work: Work) -> None:
    for number in range(3):
        tells = entry(f"tells-{number}")
        tells.telling = outcome(tells)
        work.take(tells)
    assert work.came.wait(PATIENCE)
    assert work.pool.unsettled == 0
    work.take(entry("new"))
    assert work.settled.wait(PATIENCE)
    assert work.done == ["A-new"]


def test_what_waits_to_deliver_and_has_something_else_to_do_waits_no_longer(work: Work) -> None:
    work.take(entry("answered"), answers=True)
    assert work.came.wait(PATIENCE)
    tells = entry("tells")
    tells.telling = outcome(tells)
    work.take(tells)
    tells.telling = None
    work.pool.submit(tells)
    assert work.settled.wait(PATIENCE)
    assert work.done == ["A-tells"]
    work.go_on.set()
    work.pool.finish(PATIENCE)
    assert (len(work.pool), work.done) == (0, ["A-tells", "A-answered"])


def test_what_delivers_now_and_has_something_else_to_do_is_never_done_twice_at_once(work: Work) -> None:
    tells = entry("tells")
    tells.telling = outcome(tells)
    work.take(tells)
    assert work.came.wait(PATIENCE)
    tells.telling = None
    work.pool.submit(tells)
    assert work.done == []
    work.go_on.set()
    work.pool.finish(PATIENCE)
    assert work.done == ["A-tells", "A-tells"]


def test_what_comes_while_a_thread_is_at_it_is_done_after_that(work: Work) -> None:
    one = work.take(entry(), answers=True)
    assert work.came.wait(PATIENCE)
    work.pool.submit(one)
    work.pool.submit(one)
    assert len(work.pool) == 1
    work.go_on.set()
    work.pool.finish(PATIENCE)
    assert work.done == [one.key, one.key]


def test_what_was_dropped_meanwhile_is_not_taken_up_again(work: Work) -> None:
    one = work.take(entry(), answers=True)
    assert work.came.wait(PATIENCE)
    work.pool.submit(one)
    del work.table[one.key]
    work.go_on.set()
    work.pool.finish(PATIENCE)
    assert work.done == [one.key]


def test_who_comes_after_the_end_is_left_for_the_next_run(work: Work) -> None:
    work.pool.close()
    work.take(entry())
    assert (len(work.pool), work.pool.unsettled, work.done) == (0, 0, [])


def test_where_no_thread_more_can_be_had_each_request_still_has_one_at_a_time(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    pool = work.pool = WorkerPool(work, work.table.get, threads=3)
    held = work.take(entry("held"), answers=True)
    assert work.came.wait(PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        waits = work.take(entry("waits"), answers=True)
        assert len(pool) == 2
        pool.submit(waits)
        assert len(pool) == 2
        work.take(entry("new"))
        assert work.settled.wait(PATIENCE)
    work.go_on.set()
    pool.finish(PATIENCE)
    assert (sorted(work.done), pool.unsettled) == ([held.key, "A-new", waits.key, waits.key], 0)


def test_a_pool_that_cannot_begin_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = threading.Thread.start, list[threading.Thread]()

    def one_alone(thread: threading.Thread) -> None:
        if begun:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        real(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", one_alone)
        with pytest.raises(RuntimeError, match="new thread"):
            WorkerPool(lambda _one: None, {}.get, threads=1)
    begun[0].join(PATIENCE)
    assert not begun[0].is_alive()


def test_a_mistake_is_logged_and_leaves_no_request_behind(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_one: Any) -> None:
        raise RuntimeError("a mistake")

    pool = WorkerPool(fails, {}.get, threads=1)
    pool.submit(entry())
    pool.finish(PATIENCE)
    assert (len(pool), pool.unsettled) == (0, 0)
    assert "a mistake" in caplog.text
    pool.close()


def test_what_comes_during_a_mistake_is_done_after_it() -> None:
    done: list[str] = []
    began, go_on = threading.Event(), threading.Event()
    table = {}

    def fails_once(one: InFlight) -> None:
        done.append(one.key)
        if len(done) == 1:
            began.set()
            assert go_on.wait(PATIENCE)
            raise RuntimeError("a mistake")

    pool = WorkerPool(fails_once, table.get, threads=1)
    one = table["A-r1"] = entry()
    pool.submit(one)
    assert began.wait(PATIENCE)
    pool.submit(one)
    go_on.set()
    pool.finish(PATIENCE)
    assert done == [one.key, one.key]
    pool.close()


def test_one_stacks_many_answers_do_not_hold_up_anothers(work: Work) -> None:
    work.take(entry("first"), answers=True)
    assert work.came.wait(PATIENCE)
    for number in range(5):
        work.take(entry(f"many-{number}"), answers=True)
    work.take(entry("single", queue="another", name="B"), answers=True)
    work.go_on.set()
    work.pool.finish(PATIENCE)
    assert work.done.index("B-single") <= 2
    assert work.done[-4:] == [f"A-many-{number}" for number in range(1, 5)]
