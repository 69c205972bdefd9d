"""The plugin is called in each of heat-engine's workers, after Heat's own service has started there."""

from typing import Any

from heat.engine import worker

from customresource_bridge.plugin.heat.hooks import engine_workers


def a_service(done: list[str]) -> Any:
    class WorkerService:
        def start(self) -> None:
            done.append("Heat's")

    return WorkerService


def test_it_is_called_after_heats_service_has_started() -> None:
    done: list[str] = []
    service = a_service(done)
    engine_workers.on_start(lambda: done.append("ours"), service=service)
    service().start()
    assert done == ["Heat's", "ours"]


def test_said_twice_it_counts_once() -> None:
    done: list[str] = []
    service = a_service(done)
    for _ in range(2):
        engine_workers.on_start(lambda: done.append("ours"), service=service)
    service().start()
    assert done == ["Heat's", "ours"]


def test_heats_own_service_has_what_it_counts_on() -> None:
    assert callable(worker.WorkerService.start)
