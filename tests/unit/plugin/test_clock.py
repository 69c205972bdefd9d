from customresource_bridge.compat import UTC
from customresource_bridge.plugin import clock


def test_the_time_has_a_zone_and_goes_on() -> None:
    first, second = clock.now(), clock.now()
    assert first.tzinfo is UTC
    assert first <= second
