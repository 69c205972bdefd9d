"""Notices that executions have ended: one batched query per tick while something is in flight, none when idle."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.background_thread import BackgroundThread
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.pace import SLOWEST, Pace
from customresource_bridge.bridge.trouble_log import TroubleLog
from customresource_bridge.clients.mistral.mistral import FinishedExecutions

LOG = oslo_log.getLogger(__name__)

UNKNOWN = timedelta(seconds=60)
"""Mistral's clock is not ours: as long as nothing is known of it, ask for a minute more than is needed."""
OVERLAP = timedelta(seconds=10)
"""Its times have no fractions, and what ends first may be seen last: ask for what ended so long before the latest that
was seen."""
NEAR = timedelta(seconds=1)
"""Ask only for so long where many end, most of them another bridge's perhaps: each look would read them all again. What
is seen later, since one of Mistral's hosts is behind or slow, is found at the next look that goes far back: so long as
the overlap before what the last such look saw, since no look has asked for that again."""
FAR_EVERY = 5.0
"""Seconds between two looks that go far back, where many end."""
MANY = 100
"""So many within the overlap cost about as much to be read as the call itself."""
_TROUBLE = 5.0
"""Seconds after a failure until the next query, at least."""


@dataclass(frozen=True, slots=True)
class Pause:
    """How long to rest before the next query.

    :ivar seconds: None where no execution is awaited: until one is started.
    :ivar firm: whether the start of an execution makes it no shorter, as after a failure.
    """

    seconds: float | None
    firm: bool = False


def interval(youngest: float, *, fastest: float, awaited: int, slowest: float = SLOWEST) -> float:
    """Return the seconds until the next query, from the age of the youngest execution.

    A short workflow's end is seen within a tenth of its age; one that takes minutes can wait for two seconds. Where
    many are awaited, Mistral has better things to do than to answer us.

    :param awaited: how many executions.
    :param slowest: the most seconds, which are more where many watch.
    """
    return min(max(fastest * min(1 + awaited / 10, 5), youngest / 10), slowest)


class Watcher(Protocol):
    """Sees the end of executions."""

    def start(self) -> None:
        """Begin to watch."""

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""

    def wake(self) -> None:
        """Say that an execution has been started."""


class EndedExecutions(Protocol):
    """The executions of Mistral."""

    def finished_since(self, moment: datetime) -> FinishedExecutions:
        """Return the executions that ended after ``moment``."""


class AwaitedExecutions(Protocol):
    """The requests whose executions are awaited."""

    def started(self) -> list[InFlight]:
        """Return the requests."""


class ExecutionWatcher:
    """Watches executions, in a thread of its own.

    :param of: whose executions they are, for the log.
    :param ended: called for each request whose execution has ended.
    :param fastest: seconds between two queries at least.
    :param pace: that of all watchers of the process.
    """

    def __init__(  # noqa: PLR0913 - what it watches, what it tells, and its pace
        self,
        mistral: EndedExecutions,
        table: AwaitedExecutions,
        *,
        of: str,
        ended: Callable[[InFlight], None],
        fastest: float,
        clock: Clock,
        pace: Pace | None = None,
    ) -> None:
        self._mistral = mistral
        self._pace = pace or Pace()
        self._table = table
        self._ended = ended
        self._fastest = fastest
        self._clock = clock
        self._latest = self._latest_of_far = clock.now() - UNKNOWN + OVERLAP
        self._many = False
        self._far_at = -math.inf
        self._trouble = TroubleLog(LOG, "list executions", of=of, clock=clock)
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = BackgroundThread(self._run, name="execution-watcher")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, until: float = math.inf) -> None:
        """End; wait for that no longer than ``until``."""
        self._stopping.set()
        self._awake.set()
        self._thread.join(until)
        self._pace.leave(self)

    def wake(self) -> None:
        """Say that an execution has been started: the end of it is not to wait for that of older ones."""
        self._awake.set()

    def tick(self) -> Pause:
        """Ask once; return the pause until the next time."""
        waiting = self._table.started()
        if not waiting:
            self._pace.leave(self)
            self._latest = self._latest_of_far = self._clock.now() - UNKNOWN + OVERLAP
            return Pause(None)
        self._pace.join(self)
        asked_at = self._clock.monotonic()
        far = not self._many or asked_at - self._far_at >= FAR_EVERY
        try:
            finished = self._mistral.finished_since(self._latest_of_far - OVERLAP if far else self._latest - NEAR)
        except errors.CustomResourceError as error:
            self._trouble.failed(error)
            return self._after_trouble()
        self._trouble.works()
        if finished.latest is not None:
            # Not later than now: one of several hosts may be ahead, and the others' ends are to be seen too.
            self._latest = min(finished.latest, self._clock.now())
        if far:
            self._many, self._far_at, self._latest_of_far = len(finished.states) > MANY, asked_at, self._latest
        for entry in waiting:
            if entry.execution_id in finished.states:
                self._ended(entry)
        now = self._clock.monotonic()
        youngest = min(now - entry.in_hand_since for entry in waiting)
        slowest = self._pace.slowest
        return Pause(interval(youngest, fastest=self._fastest, awaited=len(waiting), slowest=slowest))

    def _after_trouble(self) -> Pause:
        return Pause(max(_TROUBLE, self._pace.slowest), firm=True)

    def _run(self) -> None:
        pause = Pause(None)
        while not self._stopping.is_set():
            self._rest(pause)
            try:
                pause = self.tick()
            except Exception:
                LOG.exception("execution watcher: unexpected error")
                pause = self._after_trouble()

    def _rest(self, pause: Pause) -> None:
        """Wait until the next query is due; that is sooner when an execution has been started meanwhile.

        Never sooner than the pause that the youngest of as many would be given: more starts make no more queries.
        """
        if pause.firm:
            self._stopping.wait(pause.seconds)
            return
        rested_at = self._clock.monotonic()
        if not self._awake.wait(pause.seconds):
            return
        self._awake.clear()
        # The quickest workflow takes Mistral a tenth of a second; asking at once would only cost it time.
        soon = self._fastest
        if pause.seconds is not None:
            left = rested_at + pause.seconds - self._clock.monotonic()
            soon = min(left, interval(0.0, fastest=soon, awaited=len(self._table.started())))
        self._stopping.wait(soon)
