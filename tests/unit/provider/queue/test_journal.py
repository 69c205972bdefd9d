"""A request is in one worker's hands at a time, and what was broken off is found again."""

import sqlite3
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError, ServiceUnavailable
from customresource_bridge.protocol import Extras, Request, RequestType, Secret
from customresource_bridge.provider.queue.journal import Journal, JournalStage, Key

DEADLINE = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
NOW = DEADLINE.timestamp() - 3600
REQUEST = Request(
    request_type=RequestType.CREATE,
    request_id="request-1",
    stack_id="arn:stack",
    logical_resource_id="Dns",
    resource_type="Custom::Dns",
    response_url=Secret("https://answer.example/v1/responses/hidden"),
    extras=Extras(project_id="p", deadline=DEADLINE),
)
KEY = Key.of(REQUEST)


def waiting(journal: Journal, *, look_at: float = NOW, ends_at: float = NOW + 100) -> None:
    assert journal.take(REQUEST, now=NOW, until=NOW + 45) is not None
    journal.wait(KEY, body=REQUEST.to_dict(), event={"Job": 7}, look_at=look_at, ends_at=ends_at)
    journal.release(KEY)


def test_a_copy_of_what_is_in_hand_needs_no_work() -> None:
    journal = Journal("orders")
    first = journal.take(REQUEST, now=NOW, until=NOW + 45)
    assert first is not None
    assert first.is_new
    assert journal.take(REQUEST, now=NOW + 44, until=NOW + 90) is None
    assert journal.take(replace(REQUEST, request_id="request-2"), now=NOW, until=NOW + 45) is not None


def test_what_was_broken_off_is_taken_again() -> None:
    journal = Journal("orders")
    journal.take(REQUEST, now=NOW, until=NOW + 45)
    journal.hold(KEY, until=NOW + 90)
    assert journal.take(REQUEST, now=NOW + 46, until=NOW + 91) is None
    again = journal.take(REQUEST, now=NOW + 91, until=NOW + 136)
    assert again is not None
    assert (again.is_new, again.stage) == (False, JournalStage.TAKEN)


def test_what_was_answered_is_not_done_again_as_long_as_a_copy_may_come() -> None:
    journal = Journal("orders")
    journal.take(REQUEST, now=NOW, until=NOW + 45)
    journal.settle(KEY, {"Status": "SUCCESS"})
    journal.answered(KEY)
    assert journal.take(REQUEST, now=NOW + 7000, until=NOW + 7045) is None
    assert journal.take(REQUEST, now=NOW + 3600 + 7201, until=NOW + 12000) is not None


def test_an_answer_that_was_not_sent_is_found_and_the_handler_not_needed() -> None:
    journal = Journal("orders")
    journal.take(REQUEST, now=NOW, until=NOW + 45)
    journal.settle(KEY, {"Status": "SUCCESS"})
    journal.refused(KEY)
    journal.release(KEY)
    assert journal.take_due(now=NOW + 1000, until=NOW + 1045) is None
    found = journal.take(REQUEST, now=NOW + 1, until=NOW + 46)
    assert found is not None
    assert (found.stage, found.response) == (JournalStage.SETTLED, {"Status": "SUCCESS"})


def test_what_waits_is_due_in_its_time_and_then_in_one_hand() -> None:
    journal = Journal("orders")
    waiting(journal, look_at=NOW + 5)
    assert journal.waiting() == 1
    assert journal.take(REQUEST, now=NOW + 60, until=NOW + 105) is None
    assert journal.take_due(now=NOW + 4, until=NOW + 49) is None
    due = journal.take_due(now=NOW + 5, until=NOW + 50)
    assert due is not None
    assert (due.key, due.event, due.ends_at) == (KEY, {"Job": 7}, NOW + 100)
    assert Request.parse(due.body) == REQUEST
    assert journal.take_due(now=NOW + 6, until=NOW + 51) is None
    journal.look_again(KEY, at=NOW + 15)
    journal.release(KEY)
    assert journal.take_due(now=NOW + 14, until=NOW + 59) is None
    assert journal.take_due(now=NOW + 15, until=NOW + 60) is not None


def test_the_last_look_is_at_the_end() -> None:
    journal = Journal("orders")
    waiting(journal, ends_at=NOW + 7)
    journal.look_again(KEY, at=NOW + 10)
    assert journal.take_due(now=NOW + 7, until=NOW + 52) is not None


def test_what_settled_while_it_was_looked_at_is_due_when_it_was_broken_off() -> None:
    journal = Journal("orders")
    waiting(journal)
    journal.take_due(now=NOW, until=NOW + 45)
    journal.settle(KEY, {"Status": "SUCCESS"})
    found = journal.take_due(now=NOW + 46, until=NOW + 91)
    assert found is not None
    assert found.response == {"Status": "SUCCESS"}
    journal.answered(KEY)
    assert journal.waiting() == 0


def test_an_answer_that_was_not_taken_is_due_at_its_time_though_the_work_s_end_has_passed() -> None:
    journal = Journal("orders")
    journal.take(REQUEST, now=NOW, until=NOW + 45)
    journal.end(KEY, now=NOW + 1)
    journal.settle(KEY, {"Status": "FAILED"})
    journal.put_again(KEY, body=REQUEST.to_dict(), at=NOW + 30)
    journal.release(KEY)
    assert journal.waiting() == 1
    assert journal.take_due(now=NOW + 29, until=NOW + 74) is None
    due = journal.take_due(now=NOW + 30, until=NOW + 75)
    assert due is not None
    assert (due.response, Request.parse(due.body)) == ({"Status": "FAILED"}, REQUEST)


def test_what_is_given_up_ends_at_once_or_as_soon_as_it_would_wait() -> None:
    journal = Journal("orders")
    waiting(journal, look_at=NOW + 50)
    journal.end(KEY, now=NOW + 1)
    due = journal.take_due(now=NOW + 1, until=NOW + 46)
    assert due is not None
    assert due.ends_at == NOW + 1
    other = replace(REQUEST, request_id="request-2")
    journal.take(other, now=NOW, until=NOW + 45)
    journal.end(Key.of(other), now=NOW + 1)
    journal.wait(Key.of(other), body=other.to_dict(), event={}, look_at=NOW + 2, ends_at=NOW + 100)
    journal.release(Key.of(other))
    due = journal.take_due(now=NOW + 2, until=NOW + 47)
    assert due is not None
    assert due.ends_at == NOW + 1
    journal.end(Key("unknown", "unknown"), now=NOW)


def test_the_next_process_finds_it_and_no_other_queue_does(tmp_path: Path) -> None:
    file = tmp_path / "state" / "orders.sqlite"
    waiting(Journal("orders", file))
    assert Journal("others", file).take_due(now=NOW, until=NOW + 45) is None
    assert Journal("orders", file).take_due(now=NOW, until=NOW + 45) is not None


def test_the_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "orders.sqlite"
    Journal("orders", file)
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_the_file_is_its_owner_s_alone_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, connect = tmp_path / "orders.sqlite", sqlite3.connect
    modes: list[int | None] = []

    def connected(*args: Any, **kwargs: Any) -> Any:
        modes.append(stat.S_IMODE(file.stat().st_mode) if file.exists() else None)
        return connect(*args, **kwargs)

    monkeypatch.setattr(sqlite3, "connect", connected)
    Journal("orders", file)
    assert modes == [0o600], "before SQLite opens it, which would make it readable for others"


def test_a_file_that_was_made_before_is_its_owner_s_alone_too(tmp_path: Path) -> None:
    file = tmp_path / "orders.sqlite"
    file.touch(mode=0o666)
    file.chmod(0o666)
    Journal("orders", file)
    assert file.stat().st_mode & 0o077 == 0


def test_of_what_was_answered_the_file_has_no_response_url_any_more(tmp_path: Path) -> None:
    file = tmp_path / "orders.sqlite"
    journal = Journal("orders", file)
    waiting(journal)
    assert b"hidden" in file.read_bytes()
    journal.answered(KEY)
    assert b"hidden" not in file.read_bytes()


def test_what_need_not_be_known_any_more_is_gone_from_the_file_once_it_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "orders.sqlite"
    waiting(Journal("orders", file))
    Journal("others", file, now=NOW + 3600 + 7199)
    assert b"hidden" in file.read_bytes()
    Journal("others", file, now=NOW + 3600 + 7201)
    assert b"hidden" not in file.read_bytes()
    assert Journal("orders", file).waiting() == 0


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.sqlite").write_text("this is no database, and was none before" * 20)
    for file in (tmp_path / "none.sqlite", tmp_path / "none.sqlite" / "below"):
        with pytest.raises(ConfigurationError, match="--state"):
            Journal("orders", file)


def test_a_folder_is_no_file_and_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigurationError, match="--state"):
        Journal("orders", tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_disk_that_is_full_is_trouble_of_a_service(tmp_path: Path) -> None:
    journal = Journal("orders", tmp_path / "orders.sqlite")
    with sqlite3.connect(tmp_path / "orders.sqlite") as other:
        other.execute("DROP TABLE requests")
    with pytest.raises(ServiceUnavailable, match="journal"):
        journal.take(REQUEST, now=NOW, until=NOW + 45)
