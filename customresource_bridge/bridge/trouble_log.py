"""Logs trouble that lasts without filling the log: when it begins, once in a while with a count, and when it ends.

It counts failures of one kind of call. It neither retries nor decides how long to wait.
"""

import logging
import threading

from customresource_bridge.bridge.clock import Clock

EVERY = 300.0
"""Seconds between two warnings of the same trouble."""


class TroubleLog:
    """The trouble with one kind of call; safe to use from any thread.

    :param log: where the lines go.
    :param what: what fails, to follow "cannot" in a sentence: ``list executions``.
    :param of: begins each line: whose calls they are.
    """

    def __init__(
        self, log: "logging.LoggerAdapter[logging.Logger]", what: str, *, of: str, clock: Clock | None = None
    ) -> None:
        self._log = log
        self._what = what
        self._of = of
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._failures = 0
        self._began_at = 0.0
        self._told_at = 0.0

    def failed(self, why: object) -> None:
        """Take note of a failure."""
        now = self._clock.monotonic()
        with self._lock:
            self._failures += 1
            failures = self._failures
            if failures == 1:
                self._began_at = self._told_at = now
            elif now - self._told_at < EVERY:
                return
            self._told_at = now
            lasted = now - self._began_at
        if failures == 1:
            self._log.warning("%s: cannot %s, will try again: %s", self._of, self._what, why)
        else:
            self._log.warning(
                "%s: still cannot %s, %d failures in %d s: %s", self._of, self._what, failures, lasted, why
            )

    def works(self) -> None:
        """Take note of a success."""
        if not self._failures:
            return
        with self._lock:
            failures, self._failures = self._failures, 0
            lasted = self._clock.monotonic() - self._began_at
        if failures:
            self._log.info("%s: can %s again, after %d failures in %d s", self._of, self._what, failures, lasted)
