"""What is asked of Heat's tables. ``make unit-plugin``."""

import re
from pathlib import Path

import pytest
from heat.db import models
from heat_tables import Tables, change, make_tables
from plugin_parts import NOW
from sqlalchemy import text

from customresource_bridge.plugin.heat import leases, queries
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import State


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def asked(tables: Tables, name: str = "a", *, previous: str = "", **row: str) -> int:
    row_id = tables.row(name, **row)
    lease = Lease(request_id=f"r-{row_id}", posts=1, next_post_at=NOW, expires_at=NOW, previous=previous)
    tables.remember(row_id, State(), lease)
    return row_id


@pytest.mark.parametrize("request_id", ["first", "second"])
def test_a_row_is_found_by_any_request_that_it_ever_sent(request_id: str) -> None:
    tables = Tables()
    row_id = asked(tables, previous="first second")
    assert queries.row_of_request(tables.context, tables.stack_uuid, request_id) == (row_id, "a")
    assert queries.row_of_request(tables.context, tables.stack_uuid, f"r-{row_id}") == (row_id, "a")
    assert queries.row_of_request(tables.context, tables.stack_uuid, "third") is None
    assert queries.row_of_request(tables.context, Tables().stack_uuid, request_id) is None, "another stack's"


def test_only_resources_that_wait_for_an_answer_are_waiting() -> None:
    tables = Tables()
    waits, checked = asked(tables), asked(tables, action="CHECK")
    others = [asked(tables, status="COMPLETE"), asked(tables, action="SUSPEND"), tables.row()]
    found = {one.row_id: one for one in queries.waiting(tables.context)}
    assert checked in found
    assert found[waits].lease.request_id == f"r-{waits}"
    assert not set(others) & set(found)


def test_the_index_that_an_operator_may_make_is_one_of_columns_that_the_look_reads() -> None:
    page = (Path(__file__).parents[4] / "docs/how-to/sizing.md").read_text()
    ((name, rest),) = re.findall(r"CREATE INDEX (\w+) ON heat\.(.*);", page)
    statement = f"CREATE INDEX {name} ON {rest};"
    tables = Tables()
    waits = asked(tables)
    with tables.writing() as session:
        session.execute(text(statement))
        look = "SELECT id FROM resource WHERE status = 'IN_PROGRESS' AND action NOT IN ('SUSPEND')"
        plan = session.execute(text(f"EXPLAIN QUERY PLAN {look}")).all()
        assert "custom_resource_waiting (status=?)" in str(plan)
        session.execute(text("DROP INDEX custom_resource_waiting"))
    assert waits in {one.row_id for one in queries.waiting(tables.context)}


def test_one_lease_that_cannot_be_read_keeps_none_of_the_others_from_being_found() -> None:
    tables = Tables()
    broken, waits = asked(tables), asked(tables, "b")
    with tables.writing() as session:
        row = session.query(models.ResourceData).filter_by(resource_id=broken, key=leases.REQUEST_KEY).one()
        row.value = "of a later release"
    found = {one.row_id for one in queries.waiting(tables.context)}
    assert waits in found
    assert broken not in found


def test_a_replacement_and_what_it_replaces_are_told_apart_as_heat_does() -> None:
    tables = Tables()
    old = tables.row()
    new = tables.row(replaces=old)
    change(tables.context, models.Resource, old, replaced_by=new)
    assert (queries.replaces(tables.context, new), queries.replaces(tables.context, old)) == (old, None)
    assert queries.is_replaced(tables.context, old)
    assert not queries.is_replaced(tables.context, new)


def test_a_stack_has_something_left_until_all_that_asked_are_deleted() -> None:
    tables = Tables()
    row_id = asked(tables)
    assert queries.any_left(tables.context, tables.stack_uuid)
    change(tables.context, models.Resource, row_id, action="DELETE", status="COMPLETE")
    assert not queries.any_left(tables.context, tables.stack_uuid)
    assert queries.who_asked(tables.context, tables.stack_uuid) == {"a"}
