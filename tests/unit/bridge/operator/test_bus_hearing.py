"""A process that hears nothing of the probes that all send is deaf, whatever the broker says."""

import pytest
from bridge_parts import Time

from customresource_bridge.bridge.operator.bus_hearing import BusHearing


@pytest.mark.parametrize(
    ("silence", "pause", "deaf"),
    [(0.0, 10.0, False), (29.9, 10.0, False), (30.0, 3.0, False), (89.9, 3.0, False), (90.0, 60.0, True)],
)
def test_silence_is_probed_more_often_and_then_is_deafness(silence: float, pause: float, *, deaf: bool) -> None:
    time = Time()
    hearing = BusHearing(clock=time.clock)
    hearing.begin()
    time.seconds = silence
    assert hearing.pause() == pause
    assert (hearing.problem() is not None) is deaf


def test_what_is_heard_ends_it() -> None:
    time = Time()
    hearing = BusHearing(clock=time.clock)
    hearing.begin()
    time.seconds = 1000.0
    hearing.heard()
    assert (hearing.problem(), hearing.pause()) == (None, 10.0)


def test_before_it_listens_nothing_is_judged() -> None:
    time = Time()
    hearing = BusHearing(clock=time.clock)
    time.seconds = 1000.0
    assert hearing.problem() is None


def test_the_problem_says_what_has_to_be_alike() -> None:
    time = Time()
    hearing = BusHearing(clock=time.clock)
    hearing.begin()
    time.seconds = 95.0
    assert "for 95 s: rabbit_quorum_queue" in str(hearing.problem())
