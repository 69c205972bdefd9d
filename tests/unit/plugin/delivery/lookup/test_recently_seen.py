"""What was seen a moment ago. ``make unit-plugin``."""

from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_seen_counts_for_a_while() -> None:
    clock = Clock()
    seen = RecentlySeen(seconds=5, clock=clock)
    assert "a" not in seen
    seen.add("a")
    clock.seconds = 4.9
    assert "a" in seen
    seen.add("b", what="kind")
    assert (seen.what("b"), seen.what("a"), seen.what("c")) == ("kind", None, None)
    clock.seconds = 9.9
    assert "a" not in seen
    assert seen.what("b") is None


def test_what_was_taken_away_does_not_count() -> None:
    seen = RecentlySeen(seconds=5)
    seen.add("a")
    seen.discard("a")
    seen.discard("a")
    assert "a" not in seen


def test_the_oldest_are_forgotten_before_they_are_too_many() -> None:
    seen = RecentlySeen(seconds=5)
    for number in range(1001):
        seen.add(number)
    assert 0 not in seen
    assert 1 in seen
