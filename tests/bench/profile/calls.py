"""HTTP calls that the services took, read from the access logs that uWSGI writes: how many, and how long they took."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^([A-Z]+) (/\S*) -> \d{3} in (\d+) ms,", re.MULTILINE)
_PLACES = (
    (re.compile(r"arn:.*"), "{arn}"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}"), "{id}"),
    (re.compile(r"/stacks/[^/]+"), "/stacks/{name}"),
)
"""What differs from one stack to the next, and stands for it in a call's name."""


@dataclass(frozen=True, order=True)
class Call:
    """Calls that are counted together.

    :ivar name: method and path, without what differs from one stack to the next.
    """

    service: str
    name: str


@dataclass(frozen=True)
class Cost:
    """What calls took.

    :ivar ms: milliseconds from their beginning to their end, waits included.
    """

    count: int = 0
    ms: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.count + other.count, self.ms + other.ms)


Calls = Mapping[Call, Cost]


def read(service: str, text: str) -> Calls:
    """Return the calls in a part of a service's log, which holds other lines too."""
    return together({Call(service, f"{method} {pattern(path)}"): Cost(1, int(ms))} for method, path, ms in _found(text))


def _found(text: str) -> Iterable[tuple[str, str, str]]:
    return _LINE.findall(text)


def together(many: Iterable[Calls]) -> Calls:
    """Return the sums."""
    found: dict[Call, Cost] = {}
    for calls in many:
        for call, cost in calls.items():
            found[call] = found.get(call, Cost()) + cost
    return found


def pattern(path: str) -> str:
    """Return a path with a name in the place of each id."""
    for place, name in _PLACES:
        path = place.sub(name, path)
    return path


class AccessLogs:
    """The services' logs from where they end now.

    :param folder: has a file for each service.
    """

    def __init__(self, folder: Path) -> None:
        self._ends = {log: log.stat().st_size for log in folder.glob("*.log")}

    def since(self) -> Calls:
        """Return the calls that were logged since."""
        return together(read(log.stem, _tail(log, end)) for log, end in self._ends.items())


def _tail(log: Path, begin: int) -> str:
    with log.open("rb") as lines:
        lines.seek(begin)
        return lines.read().decode(errors="replace")
