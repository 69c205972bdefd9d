"""How often a test looks for what it waits for."""

from collections.abc import Iterator

FIRST, MOST, GROWTH = 0.2, 1.5, 1.3


def pauses(first: float = FIRST, most: float = MOST) -> Iterator[float]:
    """Yield the seconds from one look to the next: few at first, then more and more, up to ``most``.

    Dozens of tests wait beside each other on two cores, and each look at a stack has Heat load all of it: at a fixed
    third of a second, thirty-six looks for each stack took a quarter of the engines' time.
    """
    pause = first
    while True:
        yield pause
        pause = min(pause * GROWTH, most)
