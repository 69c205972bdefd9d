"""How often all watchers of a process look together. Watchers with it: ``test_execution_watcher.py``."""

import pytest

from customresource_bridge.bridge.scheduling.pace import Pace


@pytest.mark.parametrize(("watching", "slowest"), [(0, 2.0), (1, 2.0), (20, 2.0), (21, 2.1), (2000, 200.0)])
def test_the_more_watch_the_longer_each_rests(watching: int, slowest: float) -> None:
    pace = Pace()
    for watcher in range(watching):
        pace.join(watcher)
        pace.join(watcher)
    assert pace.slowest == pytest.approx(slowest)
    for watcher in range(watching):
        pace.leave(watcher)
        pace.leave(watcher)
    assert pace.slowest == 2.0
