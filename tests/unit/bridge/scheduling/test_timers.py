"""The thread of the timers outlives what it calls."""

import threading

import pytest

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.scheduling.timers import Timers


def test_a_mistake_in_one_callback_keeps_no_other_from_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    timers, came = Timers("test", clock=Clock()), threading.Event()

    def fails() -> None:
        raise ValueError("a mistake")

    timers.after(0.0, fails)
    timers.after(0.0, came.set)
    timers.start()
    assert came.wait(30)
    timers.stop()
    assert "a mistake" in caplog.text
