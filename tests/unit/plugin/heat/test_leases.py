"""Every change of a lease is a compare-and-swap, and goes with the row's lock. ``make unit-plugin``."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from heat.db import models
from heat_tables import Tables, change, insert, make_tables, statements
from oslo_db import exception as db_exception

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.heat import leases, resource_data
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.state import State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
FIRST = Lease(request_id="r-1", posts=1, next_post_at=LATER, expires_at=LATER)


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def row_id(tables: Tables) -> int:
    row_id = tables.row(engine_id="engine-1")
    tables.remember(row_id, State(), FIRST)
    return row_id


def parked(lease: Lease) -> Lease:
    return lease.parked(until=NOW)


def test_a_lease_is_changed_only_by_who_knows_it(tables: Tables, row_id: int) -> None:
    assert leases.swap(tables.context, row_id, FIRST, parked(FIRST))
    assert not leases.swap(tables.context, row_id, FIRST, FIRST.waking(until=NOW))
    assert tables.lease(row_id) == parked(FIRST)


def test_a_lease_that_was_read_is_renewed_by_one_statement_which_names_its_row_by_the_primary_key(
    tables: Tables, row_id: int
) -> None:
    """By anything else InnoDB would lock other rows too."""
    for read in (lambda: resource_data.read_all(tables.context, row_id)[1], lambda: tables.lease(row_id)):
        found = read()
        with statements() as given:
            assert leases.swap(tables.context, row_id, found, replace(found, posts=found.posts + 1))
        (statement,) = given
        assert re.fullmatch(
            r"UPDATE resource_data SET .* WHERE resource_data.id = \? AND resource_data.value = \?", statement
        )


def test_a_lease_whose_place_is_not_known_is_looked_for_first(tables: Tables, row_id: int) -> None:
    with statements() as given:
        assert leases.swap(tables.context, row_id, FIRST, parked(FIRST))
    assert [statement.partition(" ")[0] for statement in given] == ["SELECT", "UPDATE"]


def test_a_lease_that_the_release_before_wrote_is_changed_too(tables: Tables) -> None:
    row_id = tables.row()
    text = f"r-1 {LATER.isoformat()} 1 1"
    insert(
        tables.context,
        models.ResourceData(key=leases.REQUEST_KEY, value=text, resource_id=row_id, redact=False, decrypt_method=""),
    )
    found = tables.lease(row_id)
    assert found.state is LeaseState.PARKED
    assert leases.swap(tables.context, row_id, found, found.held_by_thread())


def test_parking_unlocks_and_changes_the_lease(tables: Tables, row_id: int) -> None:
    assert leases.park(tables.context, row_id, "engine-1", parked) == parked(FIRST)
    assert (tables.engine_of(row_id), tables.lease(row_id)) == (None, parked(FIRST))


def test_what_another_engine_has_locked_is_not_parked(tables: Tables, row_id: int) -> None:
    assert leases.park(tables.context, row_id, "engine-2", parked) is None
    assert (tables.engine_of(row_id), tables.lease(row_id)) == ("engine-1", FIRST)


def test_a_row_that_cannot_be_given_its_lease_stays_locked(tables: Tables, row_id: int) -> None:
    def fail(_lease: Lease) -> Lease:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leases.park(tables.context, row_id, "engine-1", fail)
    assert tables.engine_of(row_id) == "engine-1"


def test_taking_over_unlocks_and_wakes_and_only_one_does(tables: Tables, row_id: int) -> None:
    def waking(lease: Lease) -> Lease:
        return lease.waking(until=LATER)

    assert leases.take_over(tables.context, row_id, "engine-1", waking)
    assert not leases.take_over(tables.context, row_id, "engine-1", waking)
    assert (tables.engine_of(row_id), tables.lease(row_id).state) == (None, LeaseState.WAKING)


def test_a_row_without_a_lease_is_taken_over_too(tables: Tables) -> None:
    row_id = tables.row(engine_id="engine-1")
    assert leases.take_over(tables.context, row_id, "engine-1", parked)
    assert tables.engine_of(row_id) is None


def test_what_was_changed_meanwhile_undoes_the_whole_step_which_is_tried_again(tables: Tables, row_id: int) -> None:
    tries = []

    def meanwhile(lease: Lease) -> Lease:
        tries.append(lease)
        if len(tries) > 1:
            return parked(lease)
        # In the same session, as SQLite has but one: the text is another when the change is written.
        context.session.query(models.ResourceData).filter_by(id=lease.place).update(
            {"value": replace(lease, posts=lease.posts + 1).to_text()}
        )
        return parked(lease)

    context: Any = tables.context
    assert leases.park(context, row_id, "engine-1", meanwhile) == parked(FIRST)
    assert tries == [FIRST, FIRST], "the first try left nothing behind, the lock included"


def test_a_new_request_and_its_lease_are_stored_together_or_not_at_all(tables: Tables, row_id: int) -> None:
    second = replace(FIRST, request_id="r-2", previous="r-1")
    stale = replace(FIRST, posts=0)
    assert not resource_data.write_request(tables.context, row_id, "changed", stale, second)
    assert resource_data.read(tables.context, row_id, resource_data.STATE_KEY) == State().to_json()
    assert resource_data.write_request(tables.context, row_id, "changed", FIRST, second)
    assert resource_data.read_all(tables.context, row_id) == ("changed", second)


def test_a_post_is_taken_back_only_from_its_own_request(tables: Tables, row_id: int) -> None:
    leases.take_back_post(tables.context, row_id, "r-0")
    assert tables.lease(row_id).posts == 1
    leases.take_back_post(tables.context, row_id, "r-1")
    assert tables.lease(row_id).posts == 0


def test_a_deadlock_is_tried_again(tables: Tables, row_id: int) -> None:
    tries = []

    def twice(lease: Lease) -> Lease:
        tries.append(lease)
        if len(tries) == 1:
            raise db_exception.DBDeadlock
        return parked(lease)

    assert leases.park(tables.context, row_id, "engine-1", twice) is not None
    assert len(tries) == 2
    change(tables.context, models.Resource, row_id, status="COMPLETE")
