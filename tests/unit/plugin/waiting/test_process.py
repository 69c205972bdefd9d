"""Each of heat-engine's workers has a scheduler of its own; no other program has one."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import pytest

from customresource_bridge.plugin.waiting import process


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Mock()
    monkeypatch.setattr(process, "Scheduler", made)
    process._of_process.cache_clear()
    yield made
    process._of_process.cache_clear()


def test_a_process_has_one_scheduler_which_runs_once_it_is_needed(scheduler: Any) -> None:
    due = datetime.now(UTC)
    process.expect(1, due)
    process.expect(2, due)
    assert scheduler.call_count == 1
    assert [call.args for call in scheduler.return_value.expect.call_args_list] == [(1, due), (2, due)]
    assert scheduler.return_value.start.called


def test_a_worker_does_not_go_on_with_its_parents_scheduler(scheduler: Any) -> None:
    process.expect(1, datetime.now(UTC))
    process._start_in_worker()
    assert scheduler.call_count == 2


def test_each_of_the_engines_workers_starts_one() -> None:
    registered: list[Any] = []
    process.start_in_engines(on_start=registered.append)
    assert registered == [process._start_in_worker]
