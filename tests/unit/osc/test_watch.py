from dataclasses import replace
from typing import NoReturn

import pytest
from osc_lib import exceptions
from osc_parts import told
from visibility_parts import SeenCloud, body, event, execution, resource

from customresource_bridge import errors
from customresource_bridge.osc.watch import WatchStack


def test_a_stack_that_heat_has_done_with_is_told_and_left() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_COMPLETE", resource(status="CREATE_COMPLETE"))
    cloud.heat.told = [event("hello", "CREATE_IN_PROGRESS", at=61), event("greeting", "CREATE_COMPLETE", at=10)]
    cloud.mistral.made = [execution(body(), "SUCCESS", began=60)]
    lines = told(WatchStack, cloud, "hello").splitlines()
    assert lines[1].startswith("11:59:00 Mistral: Create of greeting: workflow greet runs as execution ")
    assert lines[2:] == [
        "11:59:05 Mistral: Create of greeting: execution SUCCESS",
        "11:59:50 Heat: greeting CREATE_COMPLETE: state changed",
    ]


def test_a_stack_that_failed_is_a_failure() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_FAILED", resource(status="CREATE_FAILED"))
    with pytest.raises(exceptions.CommandError, match="hello is CREATE_FAILED"):
        told(WatchStack, cloud, "hello")


def test_it_looks_until_heat_has_done(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())

    def done(_seconds: float) -> None:
        cloud.heat.told.append(event("greeting", "CREATE_COMPLETE", at=0))
        cloud.heat.summaries[0] = replace(cloud.heat.summaries[0], status="CREATE_COMPLETE")

    monkeypatch.setattr("customresource_bridge.osc.watch.time.sleep", done)
    assert told(WatchStack, cloud, "hello") == "12:00:00 Heat: greeting CREATE_COMPLETE: state changed\n"


def test_a_service_that_is_away_for_a_while_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_COMPLETE", resource(status="CREATE_COMPLETE"))
    cloud.heat.told = [event("hello", "CREATE_IN_PROGRESS", at=61), event("greeting", "CREATE_COMPLETE", at=10)]
    working = cloud.mistral.executions

    def away(*_args: object, **_more: object) -> NoReturn:
        raise errors.ServiceUnavailable("Mistral", "list executions", "it is away")

    cloud.mistral.executions = away  # type: ignore[method-assign]
    monkeypatch.setattr(
        "customresource_bridge.osc.watch.time.sleep", lambda _seconds: setattr(cloud.mistral, "executions", working)
    )
    assert [line.partition(" Heat: ")[2] for line in told(WatchStack, cloud, "hello").splitlines()] == [
        "hello CREATE_IN_PROGRESS: state changed",
        "greeting CREATE_COMPLETE: state changed",
    ]
