"""Time as an argument, so that no test sleeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from customresource_bridge.clients.keystone.clock import CLOCK


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks: one that deadlines are written in, and one that never jumps."""

    now: Callable[[], datetime] = CLOCK.now
    monotonic: Callable[[], float] = time.monotonic
