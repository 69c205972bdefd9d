"""So many requests are claimed or begun with at a time, of all the bridges of a process: the first to wait is next."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest
from one_bridge import QUEUE, OneBridge
from patience import PATIENCE, until

from customresource_bridge import errors
from customresource_bridge.bridge.intake.beginnings import Beginnings
from customresource_bridge.bridge.settings import Settings


class Later(Executor):
    """Does what it is given when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, call: Any, /, *args: Any, **_kwargs: Any) -> Future[Any]:
        self.waiting.append((call, args))
        return Future()

    def run(self) -> None:
        call, args = self.waiting.pop(0)
        call(*args)


@pytest.fixture
def turns() -> Iterator[Beginnings]:
    """One; whatever becomes of a test, nobody waits for it afterwards."""
    made = Beginnings(1, claims=1)
    yield made
    made.close()


@pytest.fixture
def threads(turns: Beginnings) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        turns.close()


def is_free(turns: Beginnings) -> bool:
    """Return whether there is a turn; it stays free."""
    if not turns._all.take(0):
        return False
    turns._all.give_back()
    return True


def test_a_claim_waits_for_a_turn(turns: Beginnings, threads: ThreadPoolExecutor) -> None:
    one = OneBridge(beginnings=turns)
    one.post()
    assert turns._all.take(0)
    claims = threads.submit(one.claim)
    until(lambda: turns.waiting == 1)
    assert not one.bridge.table.all()
    turns._all.give_back()
    claims.result(PATIENCE)
    assert one.mistral.executions
    assert is_free(turns)


def test_a_claim_that_hangs_leaves_the_turns_to_the_starts() -> None:
    turns = Beginnings(3, claims=2)

    def claim() -> None:
        with turns.claim():
            pass

    with turns.claim(), turns.claim(), ThreadPoolExecutor(1) as threads:
        try:
            threads.submit(claim)
            until(lambda: turns.waiting == 1)
            with turns.start() as came:
                assert came
        finally:
            turns.close()


def test_what_is_claimed_waits_for_a_turn_to_be_started(turns: Beginnings, threads: ThreadPoolExecutor) -> None:
    workers = Later()
    one = OneBridge(executor=workers, beginnings=turns)
    one.post()
    one.claim()
    assert turns._all.take(0)
    starts = threads.submit(workers.run)
    until(lambda: turns.waiting == 1)
    assert not one.mistral.executions
    turns._all.give_back()
    starts.result(PATIENCE)
    assert one.mistral.executions
    assert is_free(turns)


def test_what_was_dropped_while_it_waited_is_not_started(turns: Beginnings, threads: ThreadPoolExecutor) -> None:
    workers = Later()
    one = OneBridge(executor=workers, beginnings=turns)
    one.post()
    one.claim()
    assert turns._all.take(0)
    starts = threads.submit(workers.run)
    until(lambda: turns.waiting == 1)
    one.bridge.table.remove(one.bridge.table.all()[0])
    turns._all.give_back()
    starts.result(PATIENCE)
    assert not one.mistral.executions


class Slow:
    """A start that goes on when it is told to."""

    def __init__(self, start: Callable[..., Any]) -> None:
        self._start = start
        self.begun, self.go_on = Semaphore(0), Event()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.begun.release()
        self.go_on.wait()
        return self._start(*args, **kwargs)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[OneBridge, Slow]]:
    """Return a bridge alone with two threads of each kind, and how it starts workflows; none goes on after a test."""
    one = OneBridge(executor=None, settings=Settings(workers=2))
    slow = Slow(one.mistral.start)
    monkeypatch.setattr(one.mistral, "start", slow)
    yield one, slow
    slow.go_on.set()
    until(lambda: len(one.bridge._workers) == 0)
    one.bridge._workers.close()


def test_what_has_run_to_its_end_is_answered_while_others_of_its_project_wait_to_begin(
    alone: tuple[OneBridge, Slow],
) -> None:
    one, slow = alone
    slow.go_on.set()
    one.post()
    one.claim()
    until(lambda: bool(one.bridge.table.started()))
    slow.go_on.clear()
    for number in range(2):
        one.post(LogicalResourceId=f"Another{number}")
        one.claim()
    assert [slow.begun.acquire(timeout=PATIENCE) for _ in range(3)] == [True, True, True]
    one.end()
    until(lambda: [answer["Status"] for answer in one.answers] == ["SUCCESS"])


def test_what_is_held_back_takes_no_turn_to_find_that_out(turns: Beginnings, threads: ThreadPoolExecutor) -> None:
    workers = Later()
    one = OneBridge(executor=workers, beginnings=turns, settings=Settings(max_running=1))
    for number in range(2):
        one.post(LogicalResourceId=f"Thing{number}")
        one.claim()
    threads.submit(workers.run).result(PATIENCE)
    while len(workers.waiting) > 1:
        workers.waiting.pop(0)
    assert turns._all.take(0)
    threads.submit(workers.run).result(PATIENCE)
    assert turns.waiting == 0
    assert [entry.held_back for entry in one.bridge.table.all()] == [False, True]


def test_what_cannot_be_read_is_answered_without_one(turns: Beginnings, threads: ThreadPoolExecutor) -> None:
    workers = Later()
    one = OneBridge(executor=workers, beginnings=turns)
    one.post("Explode")
    one.claim()
    assert turns._all.take(0)
    threads.submit(workers.run).result(PATIENCE)
    assert [answer["Status"] for answer in one.answers] == ["FAILED"]


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return fail


def nothing(_one: OneBridge, _patch: pytest.MonkeyPatch) -> None:
    """There is no message."""


def unavailable(one: OneBridge, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(one.zaqar, "claim_one", failing(errors.ServiceUnavailable("Zaqar", "claim", "it is away")))


def mistaken(one: OneBridge, patch: pytest.MonkeyPatch) -> None:
    one.post()
    patch.setattr(one, "allowed", failing(ZeroDivisionError()))


def not_started(one: OneBridge, patch: pytest.MonkeyPatch) -> None:
    one.post()
    patch.setattr(one.mistral, "start", failing(errors.ServiceUnavailable("Mistral", "start", "it is away")))


@pytest.mark.parametrize("came", [nothing, unavailable, mistaken, not_started])
def test_whatever_comes_of_it_the_turn_is_over(
    came: Callable[[OneBridge, pytest.MonkeyPatch], None], turns: Beginnings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = OneBridge(beginnings=turns)
    came(one, monkeypatch)
    one.claim()
    assert is_free(turns)


def test_where_the_process_ends_nobody_waits_and_the_queue_is_passed_on(
    turns: Beginnings, threads: ThreadPoolExecutor
) -> None:
    one = OneBridge(beginnings=turns)
    one.post()
    assert turns._all.take(0)
    claims = threads.submit(one.claim)
    until(lambda: turns.waiting == 1)
    turns.close()
    claims.result(PATIENCE)
    assert one.bridge.stop() == {QUEUE}
    assert one.zaqar.claim_one(QUEUE, ttl=60) is not None


def test_where_the_process_ends_what_was_not_begun_is_given_back(turns: Beginnings) -> None:
    workers = Later()
    one = OneBridge(executor=workers, beginnings=turns, settings=Settings(stop_patience=0.01))
    one.post()
    one.claim()
    turns.close()
    workers.run()
    assert not one.mistral.executions
    assert one.bridge.stop() == {QUEUE}
    assert one.zaqar.claim_one(QUEUE, ttl=60) is not None


def test_a_bridge_alone_claims_while_each_of_its_threads_starts_something(
    alone: tuple[OneBridge, Slow], threads: ThreadPoolExecutor
) -> None:
    one, slow = alone
    for number in range(4):
        one.post(LogicalResourceId=f"Thing{number}")
        threads.submit(one.claim).result(PATIENCE)
    assert [slow.begun.acquire(timeout=PATIENCE) for _ in range(2)] == [True, True]
    assert len(one.bridge.table) == 4
    slow.go_on.set()
    until(lambda: len(one.mistral.executions) == 4)
