"""The time, by this host's clock where that agrees with Keystone's, and else by Keystone's.

Deadlines are written by another host's clock. A clock that is ahead of it would fail each request at once with a reason
that is false. Keystone dates each token, so each login tells what time it is; between two logins, a clock that is
never set tells how long ago that was.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.compat import UTC

LOG = oslo_log.getLogger(__name__)

TOLERANCE = timedelta(seconds=30)
"""By how much two clocks may differ before one of them is taken for wrong."""


def _wall() -> datetime:
    return datetime.now(UTC)


def boot_clock(clocks: Any = time) -> int:
    """Return the clock that is never set: Linux alone has one that goes on while the host is suspended."""
    return int(getattr(clocks, "CLOCK_BOOTTIME", clocks.CLOCK_MONOTONIC))


def _since_boot() -> float:
    return time.clock_gettime(boot_clock())


class KeystoneClock:
    """Tells the time; safe to use from any thread.

    :param wall: this host's clock.
    :param steady: seconds on a clock that is never set.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = _since_boot) -> None:
        self._wall = wall
        self._steady = steady
        self._heard: tuple[datetime, float] | None = None

    def hear(self, issued: datetime) -> None:
        """Note that Keystone has just issued a token and dated it so."""
        self._heard = issued, self._steady()
        if self.ahead:
            LOG.warning("this host's clock is wrong: %s; deadlines are judged by Keystone's", self.problem())

    @property
    def ahead(self) -> timedelta:
        """By how much this host's clock is ahead of Keystone's, negative where it is behind; zero if it is not."""
        if self._heard is None:
            return timedelta(0)
        issued, at = self._heard
        ahead = self._wall() - issued - timedelta(seconds=self._steady() - at)
        return ahead if abs(ahead) > TOLERANCE else timedelta(0)

    def problem(self) -> str | None:
        """Return in words what is wrong with this host's clock, or None."""
        seconds = int(self.ahead.total_seconds())
        return f"it is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Keystone's" if seconds else None

    def now(self) -> datetime:
        """Return the time; aware, in UTC."""
        return self._wall() - self.ahead


CLOCK = KeystoneClock()
"""The process's own."""
