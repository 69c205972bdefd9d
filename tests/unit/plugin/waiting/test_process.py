"""Each of heat-engine's workers has a scheduler of its own; no other program has one."""

from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from oslo_config import cfg

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.waiting import process


def test_a_process_has_one_scheduler_which_runs_once_it_is_needed() -> None:
    made, due = Mock(), datetime.now(UTC)
    scheduler = process.ProcessScheduler(made)
    assert not made.called
    scheduler.expect(1, due)
    scheduler.expect(2, due)
    assert made.call_count == 1
    assert [call.args for call in made.return_value.expect.call_args_list] == [(1, due), (2, due)]
    assert made.return_value.start.called


def test_a_worker_does_not_go_on_with_its_parents_scheduler() -> None:
    made = Mock()
    scheduler = process.ProcessScheduler(made)
    scheduler.expect(1, datetime.now(UTC))
    scheduler.start_in_worker()
    assert made.call_count == 2


def test_each_of_the_engines_workers_starts_one() -> None:
    registered: list[Any] = []
    process.start_in_engines(on_start=registered.append)
    assert registered == [process._SCHEDULER.start_in_worker]


def test_a_worker_writes_its_figures_only_where_the_operator_wants_them(tmp_path: Path) -> None:
    group, started = process.settings(), Mock()
    assert group.metrics_directory is None
    process.write_figures(textfile=started)
    assert not started.called
    cfg.CONF.set_override("metrics_directory", str(tmp_path), group="custom_resource")
    try:
        process.write_figures(textfile=started)
    finally:
        cfg.CONF.clear_override("metrics_directory", group="custom_resource")
    started.assert_called_once_with(str(tmp_path))
    assert started.return_value.start.called
