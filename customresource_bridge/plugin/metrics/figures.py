"""The figures of one heat-engine worker: what it counts, and their text. It reads nothing and writes no file."""

import os

from customresource_bridge.compat import StrEnum
from customresource_bridge.exposition.figures import Family, FamilyKind, Figures
from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.metrics.untaken import TakerKind, UntakenRequests
from customresource_bridge.plugin.metrics.waiting_ages import AGES, WaitingRequests
from customresource_bridge.protocol import RequestType, Status

PREFIX = "customresource_heat"


class Step(StrEnum):
    """A step of a request that is counted."""

    POSTED = "posted"
    POSTED_AGAIN = "posted_again"
    NOT_POSTED = "not_posted"
    """Its queue or its workflow's Mistral did not take it."""
    PARKED = "parked"
    """It began to wait without a thread."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    """Its deadline passed without an answer."""


def posted(copies: int) -> Step:
    """Return the step of a request that was posted the so-manieth time."""
    return Step.POSTED if copies == 1 else Step.POSTED_AGAIN


def ended(status: Status) -> Step:
    """Return the step of a request that was answered."""
    return Step.SUCCEEDED if status is Status.SUCCESS else Step.FAILED


TROUBLES = frozenset({Step.NOT_POSTED, Step.TIMED_OUT})
"""The steps that an operator should see in the log as warnings."""


class AnswerFate(StrEnum):
    """What became of an answer that reached Heat."""

    KEPT = "kept"
    REFUSED = "refused"
    """It is wrong: its sender was told so, and where it names a request its resource has failed."""
    WITHOUT_EFFECT = "without_effect"
    """It came late, or once more."""


FAMILIES = (
    Family(
        name=f"{PREFIX}_steps_total",
        kind=FamilyKind.COUNTER,
        meaning="Steps of requests by phase: posted, posted_again, not_posted (a service did not take it), parked "
        "(waits without a thread), succeeded, failed, timed_out. Of this worker: sum over them.",
        labels={"step": tuple(Step), "phase": tuple(str(kind).lower() for kind in RequestType)},
    ),
    Family(
        name=f"{PREFIX}_answers_total",
        kind=FamilyKind.COUNTER,
        meaning="Answers that reached Heat, by what became of them: kept, refused (wrong), without_effect (late, or "
        "once more). Of this worker: sum over them.",
        labels={"fate": tuple(AnswerFate)},
    ),
    Family(
        name=f"{PREFIX}_waiting",
        kind=FamilyKind.GAUGE,
        meaning="Requests of all stacks that wait for an answer, by the age that they are below. Each worker counts "
        "all, once a minute: take the most of them.",
        labels={"age": AGES},
    ),
    Family(
        name=f"{PREFIX}_unsent",
        kind=FamilyKind.GAUGE,
        meaning="Of those, the ones that no service has taken yet.",
    ),
    Family(
        name=f"{PREFIX}_oldest_waiting_seconds",
        kind=FamilyKind.GAUGE,
        meaning="Age of the oldest request that waits for an answer, by how often it was posted.",
    ),
    Family(
        name=f"{PREFIX}_untaken",
        kind=FamilyKind.GAUGE,
        meaning="Requests that a bridge, or a provider in the stack's own project, had not taken when they were last "
        "posted again. Of the rows that this worker looks after: sum over them.",
        labels={"by": tuple(TakerKind)},
    ),
    Family(
        name=f"{PREFIX}_oldest_untaken_seconds",
        kind=FamilyKind.GAUGE,
        meaning="Age of the oldest of those, since it was asked. Of this worker: take the most of them.",
        labels={"by": tuple(TakerKind)},
    ),
)


class EngineFigures:
    """One worker's figures.

    :ivar untaken: what this worker has seen to be untaken.
    """

    def __init__(self, *, now: Clock = clock.now) -> None:
        self._figures = Figures(FAMILIES)
        self._now = now
        self.untaken = UntakenRequests()

    def count(self, step: Step, request_type: RequestType) -> None:
        """Count a step of a request."""
        self._figures.count(f"{PREFIX}_steps_total", step, str(request_type).lower())

    def answered(self, fate: AnswerFate) -> None:
        """Count an answer."""
        self._figures.count(f"{PREFIX}_answers_total", fate)

    def show_waiting(self, waiting: WaitingRequests) -> None:
        """Say what waits."""
        for age, number in waiting.below.items():
            self._figures.put(f"{PREFIX}_waiting", age, value=number)
        self._figures.put(f"{PREFIX}_unsent", value=waiting.unsent)
        self._figures.put(f"{PREFIX}_oldest_waiting_seconds", value=waiting.oldest)

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        for kind, untaken in self.untaken.seen(self._now()).items():
            self._figures.put(f"{PREFIX}_untaken", kind, value=untaken.number)
            self._figures.put(f"{PREFIX}_oldest_untaken_seconds", kind, value=untaken.oldest)
        return self._figures.exposition(worker=str(os.getpid()))


FIGURES = EngineFigures()
"""This process's: a fork's child counts from where its parent was, which had counted nothing."""
