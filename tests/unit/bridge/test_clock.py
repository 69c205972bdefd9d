from datetime import timedelta

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.compat import UTC


def test_deadlines_are_read_in_utc_and_intervals_on_a_clock_that_never_jumps() -> None:
    clock = Clock()
    assert clock.now().tzinfo is UTC
    assert clock.now() - clock.now() <= timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
