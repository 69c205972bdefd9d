"""Events of rows whose resources are not loaded, on Heat's own tables. ``make unit-plugin``."""

from typing import Any

import pytest
from heat.db import models
from heat_tables import Faltering, Tables, make_tables

from customresource_bridge.plugin.heat import events


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def told(tables: Tables) -> list[Any]:
    with tables.session() as session:
        return list(session.query(models.Event).filter_by(stack_id=tables.stack_uuid).all())


def test_an_event_is_the_row_s_own_with_a_text() -> None:
    tables = Tables()
    ref = tables.ref(tables.row(physical_resource_id="id-1"))
    events.tell(ref, "No bridge has taken it\x1b[31m " + "x" * 300 + " (RequestId: r)")
    (event,) = told(tables)
    assert (event.resource_name, event.resource_action, event.resource_status) == ("a", "CREATE", "IN_PROGRESS")
    assert (event.physical_resource_id, event.resource_type) == ("id-1", "Custom::T")
    assert event.resource_status_reason.startswith("No bridge has taken it xxx")
    assert event.resource_status_reason.endswith("… (RequestId: r)")


def test_of_a_row_that_is_gone_nothing_is_told() -> None:
    tables = Tables()
    events.tell(tables.ref(-1), "No bridge has taken it")
    assert told(tables) == []


def test_an_event_that_cannot_be_written_is_no_failure() -> None:
    tables, away = Tables(), Faltering()
    events.tell(tables.ref(tables.row(), context=away), "No bridge has taken it")
    assert away.answers == []
    assert told(tables) == []
