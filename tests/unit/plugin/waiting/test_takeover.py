"""How long another process's row is left alone, on Heat's own tables. ``make unit-plugin``."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from heat.db import models
from heat_tables import Tables, make_tables

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.waiting import takeover

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def waiting(tables: Tables, expires: float) -> int:
    row_id = tables.row()
    at = tables.clock() + timedelta(seconds=expires)
    lease = Lease(request_id="r", posts=1, next_post_at=at, expires_at=at, state=LeaseState.PARKED)
    tables.remember(row_id, State(), lease)
    return row_id


def test_another_process_is_left_alone_until_its_lease_and_a_grace_are_over() -> None:
    tables = Tables()
    long, just, over = waiting(tables, 60), waiting(tables, -2), waiting(tables, -6)
    unreadable, never = waiting(tables, 60), tables.row()
    with tables.writing() as session:
        for data in session.query(models.ResourceData).filter_by(resource_id=unreadable):
            data.value = "?"
    kept = takeover.kept_until([long, just, over, unreadable, never], now=tables.clock)
    assert kept == {long: tables.clock() + timedelta(seconds=65), just: tables.clock() + timedelta(seconds=3)}


def test_rows_without_a_lock_are_found_and_are_due_once_their_lease_is_over() -> None:
    tables = Tables()
    kept, overdue, done = waiting(tables, 60), waiting(tables, -60), tables.row(status="COMPLETE")
    kept_in_figures: list[int] = []
    found = dict(takeover.scan(is_alive=lambda _engine: True, now=tables.clock, keep=kept_in_figures.extend))
    assert found[kept] == tables.clock() + timedelta(seconds=65)
    assert found[overdue] == tables.clock() + timedelta(seconds=5)
    assert done not in found
    assert {kept, overdue} <= set(kept_in_figures)
    assert done not in kept_in_figures


def test_rows_of_a_dead_engine_are_taken_over_and_it_is_asked_once() -> None:
    tables = Tables()
    lost = [tables.row(engine_id="dead") for _ in range(2)]
    kept = tables.row(engine_id="alive")
    for row_id in (*lost, kept):
        tables.remember(row_id, State(), Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW))
    asked: list[str] = []
    taken: list[tuple[int, str]] = []

    def is_alive(engine_id: str) -> bool:
        asked.append(engine_id)
        return engine_id != "dead"

    def take(_context: Any, row_id: int, engine_id: str, _now: datetime) -> None:
        taken.append((row_id, engine_id))

    takeover.scan(is_alive=is_alive, take=take, now=tables.clock)
    assert taken == [(row_id, "dead") for row_id in lost]
    assert sorted(asked) == sorted(set(asked))


def test_a_row_that_cannot_be_taken_over_does_not_keep_the_scan_from_others(caplog: pytest.LogCaptureFixture) -> None:
    tables = Tables()
    first, second = (tables.row(engine_id="gone") for _ in range(2))
    parked = waiting(tables, 60)
    for row_id in (first, second):
        tables.remember(row_id, State(), Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW))
    taken: list[int] = []
    hidden = "what was to be stored"

    def take(_context: Any, row_id: int, engine_id: str, _now: datetime) -> None:
        if row_id == first:
            raise LookupError(hidden)
        taken.extend([row_id] if engine_id == "gone" else [])

    found = dict(takeover.scan(is_alive=lambda engine_id: engine_id != "gone", take=take, now=tables.clock))
    assert taken == [second]
    assert parked in found
    assert f"Custom resource {first} cannot be taken over: LookupError" in caplog.text
    assert hidden not in caplog.text
