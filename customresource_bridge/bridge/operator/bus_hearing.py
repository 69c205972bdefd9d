"""Whether a process hears the message bus: by probes that all bridges send each other through the queue of the bells.

Each process sends one every few seconds, and whichever hears it drops it; so each hears about as many as it sends. One
that hears nothing for a while, no bell either, is deaf: whatever the broker says, and whatever its own connection does.
Pure: it sends and hears nothing itself.
"""

import threading

from customresource_bridge.bridge.clock import Clock

CALM = 10.0
"""Seconds between two probes of a process that hears."""
HURRY_AFTER = 30.0
"""Seconds of silence after which it sends more: where bridges of a release that sends none take their share."""
HURRIED = 3.0
DEAF_AFTER = 90.0
"""Seconds of silence after which it is deaf."""
RARELY = 60.0
"""Seconds between two probes of one that is deaf: they pile up in a queue that is never read."""


class BusHearing:
    """What one process has heard of late; safe to use from any thread."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heard_at: float | None = None

    def begin(self) -> None:
        """Note that it listens from now on; what was before does not count."""
        self.heard()

    def heard(self) -> None:
        """Note that a bell or a probe was heard."""
        with self._lock:
            self._heard_at = self._clock.monotonic()

    @property
    def silence(self) -> float:
        """Seconds in which nothing was heard, of those in which it listens."""
        with self._lock:
            return 0.0 if self._heard_at is None else self._clock.monotonic() - self._heard_at

    def pause(self) -> float:
        """Return the seconds until the next probe."""
        silence = self.silence
        if silence >= DEAF_AFTER:
            return RARELY
        return HURRIED if silence >= HURRY_AFTER else CALM

    def problem(self) -> str | None:
        """Return why a bell would not be heard, or None."""
        silence = self.silence
        if silence < DEAF_AFTER:
            return None
        return (
            f"neither a bell nor a probe was heard for {silence:.0f} s: rabbit_quorum_queue, amqp_durable_queues and "
            "the broker have to be the same here and in heat.conf"
        )
