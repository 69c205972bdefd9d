"""Texts that nobody should trust, what may leave a process by each exit, and a log that is looked at line by line."""

import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from urllib3.util import parse_url

from customresource_bridge.log_lines import keep_to_lines

TEXTS = {
    "escape": "x\x1b[31mFORGED\x1b]0;title\x07",
    "carriage return": "x\rFORGED",
    "line feed": "x\nFORGED",
    "header": "x\r\nX-Forged: FORGED",
    "NUL": "x\x00FORGED",
    "bidi": "x\u202eFORGED\u2066\u200f",
    "line separators": "x\u2028FORGED\u2029\x85y\x0b\x0c",
    "C1": "x\x9b31mFORGED\x7f",
    "half a letter": "x\ud800FORGED",
    "no ASCII": "x\u4e00\U0001f600FORGED",
    "64 KiB": "y" * 64 * 1024,
}
MARK = "RECORD "
_JOURNAL = 48 * 1024
"""Bytes of a line after which systemd's journal begins another record."""


@dataclass(slots=True)
class Exits:
    """What left, by the way it left."""

    log: list[str] = field(default_factory=list)
    terminal: list[str] = field(default_factory=list)
    header: list[str] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)


def _is_a_record(line: str) -> bool:
    return line.isprintable() and line.startswith((MARK, "  ")) and len(line.encode()) < _JOURNAL


def _is_sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _is_json(text: str) -> bool:
    try:
        return bool(text.encode()) and json.loads(text) is not None
    except ValueError:
        return False


FIT: Mapping[str, Callable[[str], bool]] = {
    "log": _is_a_record,  # and so for the journal
    "terminal": str.isprintable,  # each line
    "header": _is_sendable,
    "path": _is_sendable,
    "answer": _is_json,  # what a service or a client is told, as JSON in UTF-8
    "stored": str.isprintable,  # what Zaqar or a database keeps in clear
}
"""What each exit lets pass."""


def unfit(exits: Exits) -> list[tuple[str, str]]:
    """Return what should not have left, by its exit."""
    return [(name, text[:200]) for name, fits in FIT.items() for text in getattr(exits, name) if not fits(text)]


@contextmanager
def logged(exits: Exits) -> Iterator[None]:
    """Have the lines that our code logs meanwhile be among what left."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter(f"{MARK}%(message)s"))
    logger = logging.getLogger("customresource_bridge")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    keep_to_lines(logger)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        # As a reader of lines has them: Python's own idea of their ends is the widest.
        exits.log += text.getvalue().splitlines()


class RecordingAdapter:
    """Stands for a connection to a service: notes what would be sent, and answers as it is told."""

    def __init__(self, exits: Exits, *answers: tuple[int, Any]) -> None:
        self._exits, self._answers = exits, list(answers)

    def request(self, path: str, method: str = "GET", **sent: Any) -> Any:
        """Take a call as keystoneauth's adapter does."""
        # As urllib3 writes it on the wire.
        self._exits.path.append(parse_url(f"http://service{path}").request_uri)
        self._exits.header += [method, *map(str, (sent.get("headers") or {}).values())]
        status, body = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return _Answered(status, body if isinstance(body, str) else json.dumps(body))


@dataclass(frozen=True, slots=True)
class _Answered:
    status_code: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.text.encode("utf-8", "surrogatepass")

    def json(self) -> Any:
        return json.loads(self.text)
