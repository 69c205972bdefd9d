"""A row's update goes on to the next once for each traversal, on Heat's own tables. ``make unit-plugin``."""

import pytest
from heat_tables import Tables, make_tables

from customresource_bridge.plugin.heat import checks


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def test_of_two_checks_in_one_traversal_the_first_that_ends_goes_on() -> None:
    tables = Tables()
    row_id = tables.row()
    assert not checks.is_done(tables.context, row_id, "op")
    assert checks.finish(tables.context, row_id, "op")
    assert checks.is_done(tables.context, row_id, "op")
    assert not checks.finish(tables.context, row_id, "op")


def test_the_next_operation_goes_through_the_row_again() -> None:
    tables = Tables()
    row_id = tables.row()
    assert checks.finish(tables.context, row_id, "op")
    assert checks.finish(tables.context, row_id, "rollback")
    assert not checks.is_done(tables.context, row_id, "op")


def test_what_was_taken_back_is_done_again() -> None:
    tables = Tables()
    row_id = tables.row()
    assert checks.finish(tables.context, row_id, "op")
    checks.reopen(tables.context, row_id, "another")
    assert not checks.finish(tables.context, row_id, "op")
    checks.reopen(tables.context, row_id, "op")
    assert checks.finish(tables.context, row_id, "op")


def test_a_row_that_is_gone_holds_nothing_up() -> None:
    tables = Tables()
    assert checks.finish(tables.context, 10_000_000, "op")
