"""Says how long to wait before the next try: tenacity's exponential wait with jitter, without its blocking sleep.

A worker that slept would hold up all the other requests: the bridge sets a timer instead.
"""

from typing import Any

from tenacity import RetryCallState, wait_random_exponential

from customresource_bridge.bridge.in_flight import InFlight

_WAIT = wait_random_exponential(multiplier=0.25, max=30)
_ANY: Any = None


def backoff(entry: InFlight) -> float:
    """Count one more attempt and return the seconds until the next."""
    entry.attempts += 1
    state = RetryCallState(_ANY, None, (), {})
    state.attempt_number = entry.attempts
    return max(0.1, float(_WAIT(state)))
