import signal
from collections.abc import Callable, Iterator
from threading import Event, Thread, get_ident

import pytest

from customresource_bridge.cmd.daemon import ending


@pytest.fixture
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def handed_to_another_thread(number: signal.Signals, then: Callable[[], object] = lambda: None) -> Thread:
    """Have a signal reach the process by a thread that is not the main one."""

    def take() -> None:
        signal.pthread_kill(get_ident(), number)
        then()

    thread = Thread(target=take, daemon=True)
    thread.start()
    return thread


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_another_thread_took_ends_the_wait(number: signal.Signals) -> None:
    told = ending.told_to_end()
    handed_to_another_thread(number)
    ending.wait_for(told, look=0.01)
    assert told.is_set()


@pytest.mark.usefixtures("_handlers")
def test_a_signal_that_another_thread_took_ends_threads_that_heed_it() -> None:
    told = ending.told_to_end()
    ended = Event()
    thread = handed_to_another_thread(signal.SIGTERM, lambda: (told.wait(), ended.set()))
    ending.join([thread], look=0.01)
    assert ended.is_set()
