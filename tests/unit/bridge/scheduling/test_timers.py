"""The agenda's thread outlives what it calls."""

import threading

import pytest

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.scheduling.timers import Agenda


def test_a_mistake_in_one_callback_keeps_no_other_from_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    agenda, came = Agenda("test", clock=Clock()), threading.Event()

    def fails() -> None:
        raise ValueError("a mistake")

    agenda.after(0.0, fails)
    agenda.after(0.0, came.set)
    agenda.start()
    assert came.wait(30)
    agenda.stop()
    assert "a mistake" in caplog.text
