"""Rows that were to be worked on, and whose message was lost, on Heat's own tables. ``make unit-plugin``."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from heat_tables import Tables, make_tables
from plugin_parts import pending

from customresource_bridge.plugin.heat import leases
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.schedule import GRACE, LOST
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.waiting import rows


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@dataclass
class Unasked(Tables):
    """Rows that never asked, and which of them an engine was had work on."""

    woken: list[int] = field(default_factory=list)
    gone: bool = False

    def waking(
        self, *, expires: float, asked: Pending | None = None, held: LeaseState = LeaseState.WAKING, **row: Any
    ) -> int:
        """Insert a row that was taken over from its engine."""
        row_id, at = self.row(**row), self.clock()
        until = at + timedelta(seconds=expires)
        self.remember(
            row_id, State(pending=asked), Lease(request_id="r", posts=1, next_post_at=at, expires_at=until, state=held)
        )
        return row_id

    def begin_again(self, row_id: int) -> Any:
        """Return when it is to be looked at again."""
        return rows.begin_again(row_id, self.clock(), find=self._find, wake=self._wake)

    def _find(self, _context: Any, row_id: int) -> Any:
        return None if self.gone else self.ref(row_id)

    def _wake(self, context: Any, _stack: Any, row_id: int, lease: Lease, waking: Lease) -> bool:
        self.woken.append(row_id)
        return leases.swap(context, row_id, lease, waking)


def test_a_lost_message_is_sent_again_until_an_engine_has_the_row() -> None:
    tables = Unasked()
    row_id = tables.waking(expires=0)
    for count in (1, 2):
        assert tables.begin_again(row_id) == tables.clock() + LOST + GRACE
        assert tables.woken == [row_id] * count
        tables.clock.advance((LOST + GRACE).total_seconds())


def test_a_message_that_may_be_under_way_is_waited_for() -> None:
    tables = Unasked()
    row_id = tables.waking(expires=20)
    assert tables.begin_again(row_id) == tables.clock() + timedelta(seconds=20) + GRACE
    assert tables.woken == []


@pytest.mark.parametrize(
    "row",
    [
        {"asked": pending()},
        {"held": LeaseState.THREAD},
        {"held": LeaseState.PARKED},
        {"engine_id": "alive"},
        {"status": "COMPLETE"},
    ],
    ids=["asked", "an engine's", "parked", "locked", "over"],
)
def test_any_other_row_is_left_alone(row: Any) -> None:
    tables = Unasked()
    assert tables.begin_again(tables.waking(expires=-1, **row)) is None
    assert tables.woken == []


def test_a_row_that_is_gone_is_left_alone() -> None:
    tables = Unasked(gone=True)
    assert tables.begin_again(tables.waking(expires=-1)) is None
    assert tables.woken == []
