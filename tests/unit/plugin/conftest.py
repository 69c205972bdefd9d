"""Run with Heat's Python: ``make unit-plugin``."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from oslo_config import cfg
from sqlalchemy import Engine, event

from customresource_bridge.bridge.operator.threads import choose_threads

# Before anything of Heat is imported, whose modules load eventlet otherwise.
choose_threads()
cfg.CONF([], project="heat", default_config_files=[])  # before 10, oslo.config gives no option until it was called

from operations import Cloud  # noqa: E402

_BY_PRIMARY_KEY = re.compile(r" WHERE (\w+)\.(id = |id IN |entity_id = \? AND \1\.traversal_id = )")
"""Of Heat's tables: an id, but for sync_point's."""


@pytest.fixture(autouse=True)
def _writes_name_rows_by_their_primary_keys() -> Iterator[None]:
    """By anything else InnoDB locks neighbours and the gaps between them, which SQLite shows to nobody."""
    others: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        is_write = statement.startswith(("UPDATE ", "DELETE "))
        if is_write and not _BY_PRIMARY_KEY.search(statement):
            others.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield
    event.remove(Engine, "before_cursor_execute", note)
    assert others == []


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()
