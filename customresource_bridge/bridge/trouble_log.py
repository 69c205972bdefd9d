"""Logs trouble that lasts without filling the log: when it begins, once in a while with a count, and when it ends.

It counts failures of one kind of call, which may be of several things: the trouble begins with the first that fails and
ends when all work again. It neither retries nor decides how long to wait.
"""

import logging
import threading
from collections import OrderedDict

from customresource_bridge.bridge.clock import Clock

EVERY = 300.0
"""Seconds between two warnings of the same trouble."""
_FORGOTTEN_AFTER = 2 * EVERY
"""Seconds after which a thing that failed, and was not tried again, is taken for gone."""
_NAMED = 5
"""How many things, at most, are named when they fail for the first time: an outage of all of them is one trouble."""


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
        self._failing: OrderedDict[str, float] = OrderedDict()
        self._failures = 0
        self._began_at = 0.0
        self._told_at = 0.0

    def failed(self, why: object, *, thing: str = "") -> None:
        """Take note of a failure.

        :param thing: which one failed, where there are several.
        """
        now = self._clock.monotonic()
        with self._lock:
            is_new = self._fails(thing, now)
            self._failures += 1
            failures = self._failures
            if failures == 1:
                self._began_at = now
            elif now - self._told_at < EVERY and not is_new:
                return
            self._told_at = now
            lasted = now - self._began_at
        if is_new:
            self._log.warning("%s: cannot %s, will try again: %s", self._of, self._what, why)
        else:
            self._log.warning(
                "%s: still cannot %s, %d failures in %d s: %s", self._of, self._what, failures, lasted, why
            )

    def _fails(self, thing: str, now: float) -> bool:
        """Note that a thing fails; return whether it is to be named."""
        is_new = self._failing.pop(thing, None) is None
        while self._failing and now - next(iter(self._failing.values())) > _FORGOTTEN_AFTER:
            self._failing.popitem(last=False)
        if is_new and not self._failing:
            self._failures = 0
        self._failing[thing] = now
        return is_new and len(self._failing) <= _NAMED

    def works(self, *, thing: str = "") -> None:
        """Take note of a success.

        :param thing: which one works, where there are several.
        """
        if thing not in self._failing:
            return
        with self._lock:
            if self._failing.pop(thing, None) is None or self._failing:
                return
            failures, self._failures = self._failures, 0
            lasted = self._clock.monotonic() - self._began_at
        self._log.info("%s: can %s again, after %d failures in %d s", self._of, self._what, failures, lasted)
