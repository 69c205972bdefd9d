"""What is written into an export, and read from one; no secret goes out, and nonsense is no reason to fail."""

from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State
from customresource_bridge.plugin.resources.adopt_abandon import adopted, exported

SPEC = Spec(resource_type="T", properties={"Password": "property-of-mine"})
RESOURCE: Any = SimpleNamespace(
    name="db", resource_id="db-resource", type=lambda: "Custom::Db", action="CREATE", status="COMPLETE"
)


def made(*, no_echo: bool = False) -> State:
    physical = PhysicalResource(physical_resource_id="id-1", spec=SPEC, data={"Port": 1}, no_echo=no_echo)
    state = State(current=physical)
    return state.opened(Entry(physical_resource_id="id-0", spec=SPEC, superseded=True))


def test_what_is_exported_is_adopted() -> None:
    state = adopted(exported(RESOURCE, made()), SPEC)
    assert state.current == made().current
    assert [(entry.physical_resource_id, entry.superseded) for entry in state.account] == [("id-0", True)]


def test_no_secret_goes_out() -> None:
    export = exported(RESOURCE, made(no_echo=True))
    assert "property-of-mine" not in str(export)
    assert (export["resource_data"]["data"], export["resource_data"]["no_echo"]) == ({}, True)


def test_a_resource_that_was_never_made_has_no_id() -> None:
    assert exported(RESOURCE, State())["resource_id"] is None


def test_an_id_is_enough() -> None:
    state = adopted({"resource_id": "by-hand"}, SPEC)
    assert state.current == PhysicalResource(physical_resource_id="by-hand", spec=SPEC)


@pytest.mark.parametrize(
    "source", [None, [], "text", {}, {"resource_data": []}, {"resource_data": {"account": "x", "data": 1}}]
)
def test_nonsense_names_nothing(source: Any) -> None:
    state = adopted(source, SPEC)
    assert (state.current, list(state.account)) == (None, [])
