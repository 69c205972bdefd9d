"""The requests that no consumer had taken when this worker last looked. It looks for none itself.

A worker looks when it posts a request again, which it does every few minutes: of one that is known to be taken it need
not look any more. Each worker remembers what it has seen, and of those rows alone that it looks after.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from customresource_bridge.compat import StrEnum


class TakerKind(StrEnum):
    """Who is to take a request."""

    BRIDGE = "bridge"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class UntakenCount:
    """What one kind of consumer has not taken.

    :ivar number: of requests.
    :ivar oldest: seconds since the first of them was asked; 0 where there is none.
    """

    number: int
    oldest: float


@dataclass(frozen=True, slots=True)
class _Looked:
    request_id: str
    asked_at: datetime
    untaken_by: TakerKind | None


class UntakenRequests:
    """What one worker has seen; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked: dict[int, _Looked] = {}

    def note(self, row_id: int, request_id: str, asked_at: datetime, *, untaken_by: TakerKind | None) -> None:
        """Note what was seen of a row's request.

        :param untaken_by: None where it is taken, or where that cannot be known.
        """
        with self._lock:
            self._looked[row_id] = _Looked(request_id, asked_at, untaken_by)

    def is_worth_a_look(self, row_id: int, request_id: str) -> bool:
        """Return whether a request was never looked at here, or had not been taken at the last look."""
        with self._lock:
            looked = self._looked.get(row_id)
        return looked is None or looked.request_id != request_id or looked.untaken_by is not None

    def forget(self, row_id: int) -> None:
        """Forget a row that another goes on with."""
        with self._lock:
            self._looked.pop(row_id, None)

    def keep(self, row_ids: Collection[int]) -> None:
        """Forget all rows but these, which still wait."""
        with self._lock:
            for row_id in self._looked.keys() - set(row_ids):
                del self._looked[row_id]

    def seen(self, now: datetime) -> Mapping[TakerKind, UntakenCount]:
        """Return what is not taken, by who is to take it."""
        with self._lock:
            looked = list(self._looked.values())
        return {kind: _of(kind, looked, now) for kind in TakerKind}


def _of(kind: TakerKind, looked: Collection[_Looked], now: datetime) -> UntakenCount:
    ages = [(now - one.asked_at).total_seconds() for one in looked if one.untaken_by is kind]
    return UntakenCount(len(ages), max(0.0, *ages) if ages else 0.0)
