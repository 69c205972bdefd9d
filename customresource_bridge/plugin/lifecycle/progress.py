"""What a resource keeps of its handler's reports of progress, and which of them its owner reads as an event. Pure."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge.plugin.lifecycle.state import Pending

_LEAST = timedelta(seconds=1)
"""Between two reports that are looked at."""
_QUIET = timedelta(seconds=30)
"""Between two events at first; later, a fifth of the request's age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReport:
    """The latest report on a request.

    :ivar told_at: when an event said something of its progress last.
    """

    request_id: str
    reason: str
    at: datetime
    told_at: datetime

    def to_json(self) -> str:
        """Return what :meth:`parse` reads."""
        times = {"at": self.at.isoformat(), "told_at": self.told_at.isoformat()}
        return json.dumps({"request_id": self.request_id, "reason": self.reason, **times})

    @classmethod
    def parse(cls, text: str | None) -> "ProgressReport | None":
        """Read what :meth:`to_json` wrote; None where there is nothing."""
        if not text:
            return None
        source: dict[str, Any] = json.loads(text)
        moments = {name: datetime.fromisoformat(source[name]) for name in ("at", "told_at")}
        return cls(request_id=source["request_id"], reason=source["reason"], **moments)


def next_report(
    pending: Pending, before: ProgressReport | None, reason: str, *, now: datetime
) -> ProgressReport | None:
    """Return what to keep of a report, or None where it comes too soon after the one before.

    It is to be told where ``told_at`` is ``now``.
    """
    if before is None or before.request_id != pending.request_id:
        return ProgressReport(request_id=pending.request_id, reason=reason, at=now, told_at=now)
    if now - before.at < _LEAST:
        return None
    quiet = max(_QUIET, (now - pending.asked_at) / 5)
    told = reason != before.reason and now - before.told_at >= quiet
    return replace(before, reason=reason, at=now, told_at=now if told else before.told_at)
