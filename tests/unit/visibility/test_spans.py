import pytest

from customresource_bridge.visibility.spans import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3661, "1h 1m"), (90000, "1d 1h"), (-5, "-5s"), (-3700, "-1h 1m")],
)
def test_a_span_has_its_two_largest_units(seconds: int, words: str) -> None:
    assert span(seconds) == words
