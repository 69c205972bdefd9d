"""Callbacks come in time and in order, and one that fails keeps no other from its turn."""

import threading

import pytest
from bridge_parts import Time

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


def test_callbacks_come_in_time_and_in_order(time: Time) -> None:
    timers = Timers("test", clock=time.clock)
    called: list[str] = []
    timers.after(5, called.append, "late")
    timers.after(1, called.append, "early")
    timers.after(1, called.append, "as early")
    time.seconds = 2
    for callback, args in timers.due():
        callback(*args)
    assert called == ["early", "as early"]
