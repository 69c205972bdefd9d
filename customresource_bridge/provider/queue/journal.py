"""Keeps what a provider knows of its requests where the next process finds it: in one SQLite file, or in memory.

A request is taken (its handler runs), may wait between two calls of isComplete, is settled (its answer is known), and
is answered. A copy of it that comes meanwhile or later is known for what it is. A worker holds a request for a while,
and has to say so again; what is no longer held was broken off, and another worker goes on with it.

It holds requests with their ResponseURLs: its file is for its owner alone. Times are seconds since 1970.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from customresource_bridge.compat import StrEnum
from customresource_bridge.errors import ConfigurationError, ServiceUnavailable
from customresource_bridge.protocol import Request

_SERVICE = "The journal"
_MARGIN = 2 * 3600.0
"""Seconds beyond a request's deadline that it is known: a copy of it may lie in the queue for an hour."""
_PATIENCE = 10.0
"""Seconds that another process may have the file locked."""
_TABLE = """
CREATE TABLE IF NOT EXISTS requests (
    queue TEXT NOT NULL, stack_id TEXT NOT NULL, request_id TEXT NOT NULL,
    stage TEXT NOT NULL, held_until REAL NOT NULL, look_at REAL, ends_at REAL, forget_at REAL NOT NULL,
    body TEXT, event TEXT, response TEXT,
    PRIMARY KEY (queue, stack_id, request_id))
"""
_FORGET = "DELETE FROM requests WHERE forget_at < ?"
_OWNER_ALONE = 0o600


class JournalStage(StrEnum):
    """How far a request has come."""

    TAKEN = "taken"
    WAITING = "waiting"
    SETTLED = "settled"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Key:
    """Which request of the journal's queue."""

    stack_id: str
    request_id: str

    @classmethod
    def of(cls, request: Request) -> "Key":
        """Return a request's key."""
        return cls(request.stack_id, request.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """What is known of a request that a worker now holds.

    :ivar body: the request as it came; empty where it was only taken.
    :ivar event: what isComplete is asked with.
    :ivar ends_at: until when the work may go on; None where nothing limits it yet.
    :ivar response: the answer that is still to be sent.
    """

    key: Key
    stage: JournalStage
    is_new: bool = False
    ends_at: float | None = None
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    event: Mapping[str, Any] = field(default_factory=dict, repr=False)
    response: Mapping[str, Any] | None = field(default=None, repr=False)


class Journal:
    """The requests of one queue. Threads may share it, and processes its file.

    :param queue: whose requests they are.
    :param file: where they are kept; None keeps them in memory.
    :param now: requests that need not be known any more by then are forgotten at once, those of other queues too.
    :raises ConfigurationError: the file cannot be used.
    """

    def __init__(self, queue: str, file: Path | None = None, *, now: float = 0.0) -> None:
        self._queue, self._lock = queue, Lock()
        try:
            self._database = _opened(file)
            self._database.execute(_FORGET, (now,))
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"--state {file}: it cannot be used ({error})") from None

    def take(self, request: Request, *, now: float, until: float) -> JournalEntry | None:
        """Hold a request that has come, or return None where it needs no work: it is held, waits or is answered.

        :param until: how long it is held unless that is said again.
        """
        key = Key.of(request)
        with self._change() as database:
            database.execute(_FORGET, (now,))
            row = self._row(key)
            if row is None:
                forget_at = request.extras.deadline.timestamp() + _MARGIN
                values = (*self._where(key), JournalStage.TAKEN, until, max(forget_at, now + _MARGIN))
                database.execute(
                    "INSERT INTO requests (queue, stack_id, request_id, stage, held_until, forget_at) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    values,
                )
                return JournalEntry(key=key, stage=JournalStage.TAKEN, is_new=True)
            if row["held_until"] > now or row["stage"] in {JournalStage.WAITING, JournalStage.ANSWERED}:
                return None
            self._set(key, held_until=until)
            return _entry(row)

    def take_due(self, *, now: float, until: float) -> JournalEntry | None:
        """Hold the request that waits, for isComplete or with its answer, the one that is due the longest."""
        with self._change() as database:
            row = database.execute(
                "SELECT * FROM requests WHERE queue = ? AND look_at <= ? AND held_until <= ? AND stage IN (?, ?) "
                "ORDER BY look_at, rowid LIMIT 1",
                (self._queue, now, now, JournalStage.WAITING, JournalStage.SETTLED),
            ).fetchone()
            if row is None:
                return None
            entry = _entry(row)
            self._set(entry.key, held_until=until)
            return entry

    def end(self, key: Key, *, now: float) -> None:
        """Have the work on a request end at its next look, which is due now."""
        with self._change():
            row = self._row(key)
            if row is not None and row["stage"] in {JournalStage.TAKEN, JournalStage.WAITING}:
                self._set(key, ends_at=now, **({} if row["look_at"] is None else {"look_at": now}))

    def hold(self, key: Key, *, until: float) -> None:
        """Say again that a request is held."""
        with self._change():
            self._set(key, held_until=until)

    def release(self, key: Key) -> None:
        """Hold a request no longer."""
        self.hold(key, until=0.0)

    def wait(
        self, key: Key, *, body: Mapping[str, Any], event: Mapping[str, Any], look_at: float, ends_at: float
    ) -> None:
        """Keep what is needed to go on with a request."""
        with self._change():
            row = self._row(key)
            ended = None if row is None else row["ends_at"]
            ends_at = ends_at if ended is None else min(ended, ends_at)
            kept = {"body": json.dumps(dict(body)), "event": json.dumps(dict(event))}
            self._set(key, stage=JournalStage.WAITING, look_at=look_at, ends_at=ends_at, **kept)

    def look_again(self, key: Key, *, at: float) -> None:
        """Let a request wait until ``at``; one that was told to end meanwhile is due at once."""
        with self._change():
            row = self._row(key)
            ends_at = at if row is None or row["ends_at"] is None else row["ends_at"]
            self._set(key, look_at=min(at, ends_at))

    def settle(self, key: Key, response: Mapping[str, Any]) -> None:
        """Keep the answer until it is sent."""
        with self._change():
            self._set(key, stage=JournalStage.SETTLED, response=json.dumps(dict(response)))

    def put_again(self, key: Key, *, body: Mapping[str, Any], at: float) -> None:
        """Keep what is needed to send the answer again, which is due at ``at``."""
        with self._change():
            self._set(key, body=json.dumps(dict(body)), look_at=at)

    def refused(self, key: Key) -> None:
        """Keep an answer that was refused for a copy of its request alone: that may be taken."""
        with self._change():
            self._set(key, look_at=None)

    def answered(self, key: Key) -> None:
        """Keep of a request only that it was answered."""
        with self._change():
            nothing = {"body": None, "event": None, "response": None, "look_at": None}
            self._set(key, stage=JournalStage.ANSWERED, **nothing)

    def waiting(self) -> int:
        """Return how many requests wait."""
        with self._change() as database:
            found = database.execute(
                "SELECT count(*) FROM requests WHERE queue = ? AND look_at IS NOT NULL", (self._queue,)
            )
            return int(found.fetchone()[0])

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._database.execute("BEGIN IMMEDIATE")
                try:
                    yield self._database
                except BaseException:
                    self._database.execute("ROLLBACK")
                    raise
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                raise ServiceUnavailable(_SERVICE, "keep a request", str(error)) from error

    def _where(self, key: Key) -> tuple[str, str, str]:
        return self._queue, key.stack_id, key.request_id

    def _row(self, key: Key) -> Any:
        found = "SELECT * FROM requests WHERE queue = ? AND stack_id = ? AND request_id = ?"
        return self._database.execute(found, self._where(key)).fetchone()

    def _set(self, key: Key, **values: Any) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        self._database.execute(
            f"UPDATE requests SET {columns} WHERE queue = ? AND stack_id = ? AND request_id = ?",  # noqa: S608 - our names
            (*values.values(), *self._where(key)),
        )


def _opened(file: Path | None) -> sqlite3.Connection:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=_OWNER_ALONE)
    database = sqlite3.connect(file or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    # What is deleted or replaced is overwritten: else a ResponseURL would stay in the file for as long as it is.
    database.execute("PRAGMA secure_delete = ON")
    database.execute(_TABLE)
    if file is not None:
        file.chmod(_OWNER_ALONE)  # it may have been made before, by hand
    return database


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(
        key=Key(row["stack_id"], row["request_id"]),
        stage=JournalStage(row["stage"]),
        ends_at=row["ends_at"],
        body=json.loads(row["body"] or "{}"),
        event=json.loads(row["event"] or "{}"),
        response=json.loads(row["response"]) if row["response"] else None,
    )
