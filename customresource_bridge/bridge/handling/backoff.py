"""Says how long to wait before the next try: tenacity's exponential wait with jitter, without its blocking sleep.

A worker that slept would hold up all the other requests: the bridge sets a timer instead.
"""

import random
from typing import Any

from tenacity import RetryCallState, wait_random_exponential

from customresource_bridge.bridge.in_flight import InFlight

_WAIT = wait_random_exponential(multiplier=0.25, max=30)
_ANY: Any = None
_SLOW = 15.0
_SLOWEST = 300.0


def backoff(entry: InFlight, *, slow: bool = False) -> float:
    """Count one more attempt and return the seconds until the next.

    :param slow: whether the attempt was not answered in time: the other side has too much to do, or is still at it.
    """
    entry.attempts += 1
    if slow:
        return float(min(_SLOW * 2 ** min(entry.attempts - 1, 8), _SLOWEST)) * random.uniform(1.0, 1.5)  # noqa: S311 - no secret
    state = RetryCallState(_ANY, None, (), {})
    state.attempt_number = entry.attempts
    return max(0.1, float(_WAIT(state)))
