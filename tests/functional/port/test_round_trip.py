"""The corpus in a real Heat: each ported template validates, and its custom resources complete, update and delete."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import porting
import pytest
import requests
import yaml
from functional.plugin.handler import Handler
from functional.plugin.stacks import Stack, Stacks
from functional.tenant import Tenant
from heatclient import exc as heat_exceptions

from customresource_bridge.clients.keystone.session import keep_connections
from customresource_bridge.clients.zaqar.zaqar import Zaqar

AT_ONCE = 5
PATIENCE = 600.0
ECHO = """
version: '2.0'
echo:
  input: [request]
  tasks: {nothing: {action: std.noop}}
"""
"""What the corpus's templates themselves name; Heat's validation asks whether it is there."""
_PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")


def echo(request: dict[str, Any]) -> Mapping[str, Any]:
    """Answer with the properties as Data, as a generic handler may, and with an id that stays."""
    physical = request.get("PhysicalResourceId") or f"echo-{request['LogicalResourceId']}"
    data = {name: value for name, value in request["ResourceProperties"].items() if name != "ServiceToken"}
    read = dict.fromkeys(("Serial", "Fqdn", "Doubled", "Stack", "Greeting", "X"), "an answer")
    return {"Status": "SUCCESS", "PhysicalResourceId": physical, "Data": {**read, **data, "Physical": physical}}


class Echo(Handler):
    """Keeps going where a PUT fails on a busy machine: the plugin posts the same request again."""

    def answer(self, request: dict[str, Any], answer: Mapping[str, Any], **kwargs: Any) -> Any:
        with suppress(requests.RequestException):
            return super().answer(request, answer, **kwargs)


@dataclass
class Trip:
    """One template's way through Heat: created, updated, deleted; ``error`` says where it ended if not there."""

    source: Path
    handler: Handler
    stack: Stack | None = None
    error: str = "not begun"

    def run(self, stacks: Stacks) -> "Trip":
        try:
            self._run(stacks)
        except Exception as error:  # each template is to be judged by itself
            self.error = f"{type(error).__name__}: {error}"
        return self

    def _run(self, stacks: Stacks) -> None:
        result = porting.ported(self.source.read_text(), service_token=self.handler.token)
        stacks.heat.stacks.validate(template=result.template)
        self.stack = stacks.create(result.template).wait("CREATE_COMPLETE", PATIENCE)
        self.stack.update(changed(result.template)).wait("UPDATE_COMPLETE", PATIENCE)
        self.stack.delete().wait("DELETE_COMPLETE", PATIENCE)
        self.error = ""

    @property
    def custom(self) -> set[str]:
        """Its custom resources that a false condition does not leave out."""
        return {request["LogicalResourceId"] for request in self.received("Create")}

    def received(self, kind: str) -> list[dict[str, Any]]:
        """Return the requests of a kind, each once: one that was posted again is the same."""
        mine = [r for r in self.handler.received if self.stack and self.stack.id in r["StackId"]]
        return list({r["RequestId"]: r for r in mine if r["RequestType"] == kind}.values())

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
    """Every template of the corpus, some at a time; two handlers share the work."""
    keep_connections(demo, 64)
    zaqar = Zaqar.from_session(demo)
    with Echo(zaqar, echo) as one, Echo(zaqar, echo) as two, Stacks(demo) as stacks:
        begun = [Trip(source, (one, two)[number % 2]) for number, source in enumerate(porting.CORPUS)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield {trip.source.stem: trip for trip in pool.map(lambda trip: trip.run(stacks), begun)}


@pytest.mark.parametrize("name", [source.stem for source in porting.CORPUS])
def test_it_validates_and_its_custom_resources_are_created_updated_and_deleted(
    name: str, trips: dict[str, Trip]
) -> None:
    trip = trips[name]
    assert trip.error == ""
    assert trip.custom
    kept = {"Kept", "Cautious"} if name == "17-policies" else set()
    replaced = {r["LogicalResourceId"] for r in trip.received("Create")[len(trip.custom) :]}
    assert {r["LogicalResourceId"] for r in trip.received("Update")} | replaced == trip.custom
    assert {r["LogicalResourceId"] for r in trip.received("Delete")} == trip.custom - kept


def test_it_validates_with_the_handlers_that_are_proposed(admin: Tenant) -> None:
    # The proposed workflows bear the names of the examples: in a project where no other test runs those.
    admin.upload(ECHO)
    with Stacks(admin.session) as stacks:

        def refused(source: Path) -> str:
            result = porting.ported(source.read_text())
            for path, text in result.files.items():
                if path.startswith("workflows/") and path.endswith(".yaml"):
                    admin.upload(text)
            try:
                stacks.heat.stacks.validate(template=result.template)
            except heat_exceptions.HTTPException as error:
                return f"{source.stem}: {error}"
            return ""

        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert [found for found in pool.map(refused, porting.CORPUS) if found] == []


@pytest.mark.parametrize("name", porting.EXPECTED)
def test_a_handler_sees_what_cloudformation_would_send(name: str, trips: dict[str, Trip]) -> None:
    trip = trips[name]
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
    assert trip.stack
    stack = {"stack_name": trip.stack.name, "stack_id": trip.stack.id, "project_id": create["OpenStack"]["ProjectId"]}

    def known(match: re.Match[str]) -> str:
        if match[1] in stack:
            return str(stack[match[1]])
        return f"echo-{match[1]}" if match[1] in trip.custom else match[0]

    return _PLACEHOLDER.sub(known, value) if isinstance(value, str) else value


def test_what_no_value_takes_away_is_not_there(trips: dict[str, Trip]) -> None:
    assert {"Gone", "MaybeGone"}.isdisjoint(trips["12-no-value"].properties("Sparse"))
    assert "OnlyProd" not in trips["11-conditions"].custom
