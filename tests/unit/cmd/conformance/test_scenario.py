from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from customresource_bridge.cmd.conformance.exchange import Exchange, LocalHeat
from customresource_bridge.cmd.conformance.scenario import Scenario, ScenarioSettings
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret
from customresource_bridge.provider.ending import Broke, Ending, Returned

SETTINGS = ScenarioSettings(
    resource_type="Custom::T",
    service_token="handler:a:b",
    properties={"Name": "one"},
    changed={"Name": "two"},
    seconds=5,
)
Handler = Any


def played(handler: Handler) -> tuple[list[Exchange], list[Mapping[str, Any]]]:
    events: list[Mapping[str, Any]] = []

    def run(event: Mapping[str, Any], seconds: float) -> Ending:
        assert seconds == SETTINGS.seconds
        events.append(event)
        returned: Ending = handler(event)
        return returned

    scenario = Scenario(
        SETTINGS,
        run=run,
        heat=LocalHeat(),
        make_url=lambda request: Secret(f"https://gateway/{request.request_id}"),
        now=datetime(2030, 1, 1, tzinfo=UTC),
    )
    return scenario.play(), events


def keeps(event: Mapping[str, Any]) -> Ending:
    return Returned({"PhysicalResourceId": event.get("PhysicalResourceId", "thing")})


def replaces(event: Mapping[str, Any]) -> Ending:
    return Returned({"PhysicalResourceId": event["ResourceProperties"]["Name"]})


def test_a_resource_s_life_is_sent_in_order() -> None:
    exchanges, events = played(keeps)
    assert [
        (event["RequestType"], event.get("PhysicalResourceId"), event["ResourceProperties"]["Name"])
        for event in events[:-1]
    ] == [
        ("Create", None, "one"),
        ("Create", None, "one"),
        ("Update", "thing", "two"),
        ("Update", "thing", "one"),
        ("Delete", "thing", "one"),
        ("Delete", "thing", "one"),
    ]
    assert events[2]["OldResourceProperties"]["Name"] == "one"
    assert all(exchange.returned for exchange in exchanges)


def test_a_repetition_is_the_same_request_and_another_is_not() -> None:
    _, events = played(keeps)
    assert events[0] == events[1]
    assert events[4] == events[5]
    assert len({event["RequestId"] for event in events}) == len(events) - 2


def test_what_was_replaced_is_deleted_too() -> None:
    exchanges, events = played(replaces)
    replaced = [exchange.step for exchange in exchanges].index("Delete of what was replaced")
    assert events[replaced]["PhysicalResourceId"] == "two"
    assert [event["PhysicalResourceId"] for event in events if event["RequestType"] == "Delete"][1:3] == ["one", "one"]


def test_the_last_delete_is_of_what_was_never_made() -> None:
    exchanges, events = played(keeps)
    assert exchanges[-1].step == "Delete of what was never made"
    assert events[-1]["PhysicalResourceId"] not in {"thing", None}


@pytest.mark.parametrize("ending", [Broke("it raised")])
def test_a_handler_that_breaks_is_asked_to_the_end(ending: Ending) -> None:
    exchanges, events = played(lambda _event: ending)
    assert len(exchanges) == len(events) == 7
    assert all(exchange.outcome is None and exchange.ending is ending for exchange in exchanges)
