"""The gateway's figures: what became of each answer, and how long Heat took for it.

It opens no address and knows no server. Nothing of an answer, its URL or its sender is in them.
"""

import os
from pathlib import Path

from customresource_bridge.compat import StrEnum
from customresource_bridge.exposition.figures import Family, FamilyKind, Figures
from customresource_bridge.exposition.textfile import Textfile
from customresource_bridge.gateway.http.application import Farewell
from customresource_bridge.gateway.settle import SettleOutcome

PREFIX = "customresource_gateway"


class AnswerOutcome(StrEnum):
    """What became of an answer that came to a ResponseURL."""

    TAKEN = "taken"
    """Heat has it."""
    PROGRESS = "progress"
    """It was a report of progress, and Heat has it."""
    GONE = "gone"
    """Its stack is no longer there; nothing waits for it."""
    REFUSED = "refused"
    """It breaks the contract, and Heat was told so: its resource has failed."""
    IGNORED = "ignored"
    """It was cut short, or is another request's: Heat was told nothing, and its resource still waits."""
    FORGED = "forged"
    """Its URL was not made by this cloud, was changed, has expired, or leads elsewhere."""
    NOT_YET = "not_yet"
    """Heat could not take it; its sender is to send it again."""
    ERROR = "error"
    """The gateway failed at it; its sender is to send it again."""


FAMILIES = (
    Family(
        name=f"{PREFIX}_answers_total",
        kind=FamilyKind.COUNTER,
        meaning="Answers of handlers by outcome: taken, progress, gone (the stack), refused (breaks the contract: its "
        "resource fails), ignored (cut short, of another request), forged (the URL), not_yet or error (to be sent "
        "again).",
        labels={"outcome": tuple(AnswerOutcome)},
    ),
    Family(
        name=f"{PREFIX}_hung_up_total",
        kind=FamilyKind.COUNTER,
        meaning="Clients of the gateway's own server that it hung up on: handshake (no TLS came of it), slow (no whole "
        "request in time), malformed (none of HTTP's, or to be read in two ways), made_room (too many of an address, "
        "or in all).",
        labels={"why": tuple(Farewell)},
    ),
    Family(
        name=f"{PREFIX}_heat_seconds",
        kind=FamilyKind.HISTOGRAM,
        meaning="Seconds that handing an answer to Heat took, by what came of it: committed, gone, refused, not_yet.",
        labels={"outcome": tuple(outcome.name.lower() for outcome in SettleOutcome)},
    ),
)


class GatewayMetrics:
    """One process's figures.

    :param folder: where they are written too, from the first answer on: a server may have made this process by a fork.
    """

    def __init__(self, *, folder: Path | None = None) -> None:
        self._figures = Figures(FAMILIES)
        self._file = None if folder is None else Textfile(folder, "gateway", self._of_process)

    def answered(self, outcome: AnswerOutcome) -> None:
        """Count an answer."""
        self._figures.count(f"{PREFIX}_answers_total", outcome)
        if self._file is not None:
            self._file.start()

    def hung_up(self, why: Farewell) -> None:
        """Count a client that was hung up on."""
        self._figures.count(f"{PREFIX}_hung_up_total", why)

    def settled(self, outcome: SettleOutcome, seconds: float) -> None:
        """Count what Heat took for one."""
        self._figures.observe(f"{PREFIX}_heat_seconds", outcome.name.lower(), seconds=seconds)

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return self._figures.exposition()

    def _of_process(self) -> bytes:
        return self._figures.exposition(worker=str(os.getpid()))
