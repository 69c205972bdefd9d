"""The corpus in a real Heat: each ported template validates, and its custom resources complete, update and delete."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import porting
import pytest
import yaml
from functional.plugin.handler import Handler
from functional.plugin.stacks import Stack, Stacks

from customresource_bridge.clients.session import keep_connections
from customresource_bridge.clients.zaqar import Zaqar

HANDLERS = 3
AT_ONCE = 8
PATIENCE = 600.0
_PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def echo(request: dict[str, Any]) -> Mapping[str, Any]:
    """Answer with the properties as Data, as a generic handler may, and with an id that stays."""
    physical = request.get("PhysicalResourceId") or f"echo-{request['LogicalResourceId']}"
    data = {name: value for name, value in request["ResourceProperties"].items() if name != "ServiceToken"}
    read = dict.fromkeys(("Serial", "Fqdn", "Doubled", "Stack", "Greeting", "X"), "an answer")
    return {"Status": "SUCCESS", "PhysicalResourceId": physical, "Data": {**read, **data, "Physical": physical}}


@dataclass(frozen=True)
class Trip:
    """One template's way through Heat."""

    source: Path
    template: str
    changed: str
    handler: Handler
    stack: Stack

    @property
    def custom(self) -> set[str]:
        """Its custom resources that a false condition does not leave out."""
        return {request["LogicalResourceId"] for request in self.received("Create")}

    def received(self, kind: str) -> list[dict[str, Any]]:
        return [r for r in self.handler.received if self.stack.id in r["StackId"] and r["RequestType"] == kind]

    def properties(self, resource: str) -> dict[str, Any]:
        """Return what the Create of a resource carried."""
        (found,) = [r for r in self.received("Create") if r["LogicalResourceId"] == resource]
        properties: dict[str, Any] = found["ResourceProperties"]
        return properties


def changed(template: str) -> str:
    """Return the template with one more property in each custom resource."""
    hot = yaml.safe_load(template)
    for resource in hot["resources"].values():
        if resource["type"].startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
            resource["properties"]["Changed"] = "yes"
    return yaml.safe_dump(hot)


@pytest.fixture(scope="module")
def trips(demo: Any) -> Iterator[dict[str, Trip]]:
    """Every template of the corpus, created."""
    keep_connections(demo, 64)
    zaqar = Zaqar.from_session(demo)
    with Handler(zaqar, echo) as a, Handler(zaqar, echo) as b, Handler(zaqar, echo) as c, Stacks(demo) as stacks:
        handlers = (a, b, c)

        def begin(number: int) -> Trip:
            source, handler = porting.CORPUS[number], handlers[number % HANDLERS]
            result = porting.ported(source.read_text(), service_token=handler.token)
            stacks.heat.stacks.validate(template=result.template)
            stack = stacks.create(result.template)
            return Trip(source, result.template, changed(result.template), handler, stack)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = list(pool.map(begin, range(len(porting.CORPUS))))
        yield {trip.source.stem: trip for trip in made}


@pytest.fixture(scope="module")
def created(trips: dict[str, Trip]) -> dict[str, Trip]:
    for trip in trips.values():
        trip.stack.wait("CREATE_COMPLETE", PATIENCE)
    return trips


@pytest.fixture(scope="module")
def updated(created: dict[str, Trip]) -> dict[str, Trip]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda trip: trip.stack.update(trip.changed), created.values()))
    for trip in created.values():
        trip.stack.wait("UPDATE_COMPLETE", PATIENCE)
    return created


@pytest.fixture(scope="module")
def deleted(updated: dict[str, Trip]) -> dict[str, Trip]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda trip: trip.stack.delete(), updated.values()))
    for trip in updated.values():
        trip.stack.wait("DELETE_COMPLETE", PATIENCE)
    return updated


def test_every_custom_resource_of_the_corpus_is_created(created: dict[str, Trip]) -> None:
    assert len(created) == len(porting.CORPUS) >= 40
    assert [name for name, trip in created.items() if not trip.custom] == []


@pytest.mark.parametrize("name", porting.EXPECTED)
def test_a_handler_sees_what_cloudformation_would_send(name: str, created: dict[str, Trip]) -> None:
    trip = created[name]
    for resource, expected in porting.EXPECTED[name].items():
        properties = trip.properties(resource)
        seen = {key: properties.get(key) for key in expected}
        assert seen == {key: filled(value, trip, properties) for key, value in expected.items()}


def filled(value: Any, trip: Trip, properties: dict[str, Any]) -> Any:
    """Put the stack's own names, and what was answered, in the places that stand for them."""
    if isinstance(value, list):
        return [filled(item, trip, properties) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, trip, properties) for key, item in value.items()}
    (create,) = [r for r in trip.received("Create") if r["ResourceProperties"] is properties]
    stack = {"stack_name": trip.stack.name, "stack_id": trip.stack.id, "project_id": create["OpenStack"]["ProjectId"]}

    def known(match: re.Match[str]) -> str:
        if match[1] in stack:
            return str(stack[match[1]])
        return f"echo-{match[1]}" if match[1] in trip.custom else match[0]

    return _PLACEHOLDER.sub(known, value) if isinstance(value, str) else value


def test_what_no_value_takes_away_is_not_there(created: dict[str, Trip]) -> None:
    assert {"Gone", "MaybeGone"}.isdisjoint(created["12-no-value"].properties("Sparse"))
    assert "OnlyProd" not in created["11-conditions"].custom


def test_every_custom_resource_is_updated(updated: dict[str, Trip]) -> None:
    for name, trip in updated.items():
        changes = {r["LogicalResourceId"] for r in trip.received("Update")}
        replaced = {r["LogicalResourceId"] for r in trip.received("Create")[len(trip.custom) :]}
        assert changes | replaced == trip.custom, name


def test_every_custom_resource_is_deleted(deleted: dict[str, Trip]) -> None:
    for name, trip in deleted.items():
        kept = {"Kept"} if name == "17-policies" else set()
        kept |= {"Cautious"} if name == "17-policies" else set()
        assert {r["LogicalResourceId"] for r in trip.received("Delete")} == trip.custom - kept, name
