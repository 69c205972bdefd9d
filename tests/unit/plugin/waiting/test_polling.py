"""How an engine thread looks again and again. ``make unit-plugin``."""

from customresource_bridge.plugin.waiting.polling import watch


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_watching_ends_with_the_answer() -> None:
    clock = Clock()
    results = iter([False, False, True])
    assert watch(lambda: next(results), seconds=4, interval=0.5, clock=clock, sleep=clock.sleep)
    assert clock.slept == [0.5, 0.5]


def test_watching_gives_up_after_its_seconds() -> None:
    clock = Clock()
    assert not watch(lambda: False, seconds=2, interval=0.5, clock=clock, sleep=clock.sleep)
    assert clock.now == 2


def test_watching_slows_down() -> None:
    clock = Clock()
    watch(lambda: False, seconds=4, interval=0.1, clock=clock, sleep=clock.sleep)
    assert clock.slept[0] == 0.1
    assert clock.slept[-1] > 0.15
    assert clock.slept == sorted(clock.slept)
