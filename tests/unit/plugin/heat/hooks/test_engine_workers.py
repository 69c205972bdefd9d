"""The plugin is called in each of heat-engine's workers, after Heat's own service has started there."""

import inspect
from typing import Any

from heat.engine import worker

from customresource_bridge.plugin.heat.hooks import engine_workers


def a_service(done: list[str]) -> Any:
    class WorkerService:
        engine_id = "engine-1"

        def start(self) -> None:
            done.append("Heat's")

        def stop(self) -> None:
            done.append("Heat's end")

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

    def begin() -> None:
        done.append("ours")

    for _ in range(2):
        engine_workers.on_start(begin, service=service)
    service().start()
    assert done == ["Heat's", "ours"]


def test_what_runs_with_it_has_its_engine_id_and_ends_before_heats_service_does() -> None:
    done: list[str] = []
    service = a_service(done)

    def begin(engine_id: str) -> engine_workers.End:
        done.append(engine_id)
        return lambda: done.append("our end")

    engine_workers.while_running(begin, service=service)
    engine_workers.on_start(lambda: done.append("ours"), service=service)
    running = service()
    running.start()
    running.stop()
    running.stop()
    assert done == ["Heat's", "engine-1", "ours", "our end", "Heat's end", "Heat's end"]


def test_what_does_not_begin_hinders_neither_heat_nor_the_others() -> None:
    done: list[str] = []
    service = a_service(done)

    def broken(_engine_id: str) -> engine_workers.End:
        raise OSError("no broker")

    def begin(_engine_id: str) -> engine_workers.End:
        return lambda: done.append("our end")

    engine_workers.while_running(broken, service=service)
    engine_workers.while_running(begin, service=service)
    running = service()
    running.start()
    running.stop()
    assert done == ["Heat's", "our end", "Heat's end"]


def test_heats_own_service_has_what_it_counts_on() -> None:
    assert (callable(worker.WorkerService.start), callable(worker.WorkerService.stop)) == (True, True)
    assert "self.engine_id = engine_id" in inspect.getsource(worker.WorkerService.__init__)
