"""Plays every situation, many at once, and compares what reached the provider with the table; and the table's page."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from functional.by_trusts import reauthenticates_by_trusts
from functional.plugin import (
    plays_account,
    plays_basic,
    plays_check,
    plays_failure,
    plays_matrix,
    plays_operations,
    plays_parked,
    plays_replacement,
)
from functional.plugin.handler import Handler
from functional.plugin.matrix import matrix_table
from functional.plugin.situations import Situation, heading, table_row, world
from functional.plugin.stacks import ForgottenAdoptionError

from customresource_bridge.clients.keystone.session import keep_connections
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol.ids import default_physical_resource_id

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "life-cycle.md"
AT_ONCE = 6
SITUATIONS = {
    name: row
    for module in (
        plays_basic,
        plays_failure,
        plays_parked,
        plays_operations,
        plays_matrix,
        plays_replacement,
        plays_account,
        plays_check,
    )
    for name, row in vars(module).items()
    if isinstance(row, Situation)
}
"""All of them, in the order of the page."""


@pytest.fixture(scope="module")
def played(demo: Any, request: pytest.FixtureRequest) -> dict[str, Future[list[str]]]:
    """Play all situations that were asked for, the long ones first; each test looks at its own."""
    keep_connections(demo, 64)
    wanted = [item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")]
    names = [name for name in reversed(SITUATIONS) if name in wanted]
    # All end before a test does: after each, pytest takes a variable out of the environment, where a reader then fails.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: pool.submit(_play, demo, SITUATIONS[name]) for name in names}


def _play(session: Any, row: Situation) -> list[str]:
    with world(session, Zaqar.from_session(session)) as w:
        row.play(w)
        return _written(w.handler)


def _written(handler: Handler) -> list[str]:
    text = handler.sequence()
    for create in handler.received:
        if create["RequestType"] == "Create":
            made_up = default_physical_resource_id(
                stack_id=create["StackId"],
                logical_resource_id=create["LogicalResourceId"],
                request_id=create["RequestId"],
            )
            text = [step.replace(made_up, "(derived)") for step in text]
    return text


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_sequence_of_requests(name: str, played: dict[str, Future[list[str]]]) -> None:
    # What a situation waits for has a limit of its own.
    situation = SITUATIONS[name]
    if situation.adopts and reauthenticates_by_trusts():
        with pytest.raises(ForgottenAdoptionError):
            played[name].result()
    else:
        assert played[name].result() == list(situation.ours)


def test_the_page_is_the_table() -> None:
    page = PAGE.read_text()
    table = "\n".join([heading(), *(table_row(row) for row in SITUATIONS.values())])
    assert table in page, f"docs/reference/life-cycle.md must hold:\n{table}"
    assert matrix_table() in page, f"docs/reference/life-cycle.md must hold:\n{matrix_table()}"
