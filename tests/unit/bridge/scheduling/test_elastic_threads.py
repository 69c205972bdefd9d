"""Threads that come with work and go without it: one stays, and where no other can be had it does all."""

import threading
import weakref
from collections.abc import Iterator

import pytest
from bridge_parts import wait_for
from patience import PATIENCE, until

from customresource_bridge.bridge.scheduling.elastic_threads import ElasticThreads


class Large:
    """What a call is made with."""


class Held:
    """Calls that wait until the test lets them go on."""

    def __init__(self) -> None:
        self.go_on, self.came = threading.Event(), threading.Semaphore(0)
        self.done: list[int] = []

    def __call__(self, number: int) -> None:
        self.came.release()
        assert self.go_on.wait(PATIENCE)
        self.done.append(number)


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.go_on.set()


def test_threads_come_with_work_no_more_than_there_may_be_and_go_without_it(held: Held) -> None:
    threads = ElasticThreads(3, name="t", linger=0.01)
    assert len(threads) == 1
    for number in range(5):
        threads.submit(held, number)
    for _ in range(3):
        assert held.came.acquire(timeout=PATIENCE)
    assert len(threads) == 3
    assert not held.came.acquire(blocking=False)
    held.go_on.set()
    until(lambda: len(held.done) == 5)
    until(lambda: len(threads) == 1)
    threads.submit(held, 5)
    until(lambda: 5 in held.done)
    threads.close()


def test_one_that_waits_is_used_before_another_is_begun(held: Held) -> None:
    threads = ElasticThreads(3, name="t")
    held.go_on.set()
    wait_for(threads)
    for number in range(3):
        threads.submit(held, number)
        assert len(threads) == 1
        wait_for(threads)
    threads.close()


def test_where_no_further_thread_can_be_had_the_one_there_is_makes_the_call(
    held: Held, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = ElasticThreads(2, name="t")
    wait_for(threads)
    threads.submit(held, 0)
    assert held.came.acquire(timeout=PATIENCE)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        threads.submit(held, 1)
    assert len(threads) == 1
    assert "no further thread can be started: can't start new thread" in caplog.text
    held.go_on.set()
    until(lambda: held.done == [0, 1])
    threads.close()


def test_what_fails_is_logged_and_the_thread_goes_on(held: Held, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise ValueError("a mistake")

    threads = ElasticThreads(1, name="t")
    held.go_on.set()
    threads.submit(fails)
    threads.submit(held, 0)
    until(lambda: held.done == [0])
    assert "a mistake" in caplog.text
    threads.close()


def test_a_request_is_not_kept_by_the_thread_that_waits_for_the_next() -> None:
    threads = ElasticThreads(1, name="t")
    large = Large()
    known = weakref.ref(large)
    threads.submit(str, large)
    del large
    wait_for(threads)
    assert known() is None
    threads.close()


def test_after_the_end_no_call_is_made_not_even_one_that_waits(held: Held) -> None:
    threads = ElasticThreads(1, name="t")
    threads.submit(held, 0)
    threads.submit(held, 1)
    assert held.came.acquire(timeout=PATIENCE)
    threads.close()
    with pytest.raises(RuntimeError, match="no more calls"):
        threads.submit(held, 2)
    held.go_on.set()
    until(lambda: len(threads) == 0)
    assert held.done == [0]
