"""What Heat is asked about stacks, resources and events, and how its answers are read."""

from typing import Any

import pytest
import requests_mock
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import HeatReader, StackSummary

URL = "http://heat.test/v1/p"
STACK = StackSummary(id="s1", name="hello", status="")


def links(name: str = "hello", stack: str = "s1", *, rel: str = "stack") -> list[dict[str, str]]:
    return [{"rel": rel, "href": f"{URL}/stacks/{name}/{stack}"}]


def stack(number: int) -> dict[str, Any]:
    return {"id": f"s{number}", "stack_name": f"n{number}", "stack_status": "CREATE_FAILED", "links": links(rel="self")}


@pytest.fixture
def heat() -> HeatReader:
    return HeatReader.from_session(ksa_session.Session(auth=Token(URL, "t")))


def test_stacks_are_read_page_by_page(requests_mock: requests_mock.Mocker, heat: HeatReader) -> None:
    pages = [{"json": {"stacks": [stack(number) for number in range(500)]}}, {"json": {"stacks": [stack(500)]}}]
    requests_mock.get(f"{URL}/stacks", pages)
    found = list(heat.stacks(["IN_PROGRESS", "FAILED"], all_projects=True))
    assert (len(found), found[-1].name, found[-1].project_id, found[-1].in_progress) == (501, "n500", "p", False)
    assert requests_mock.last_request.qs == {
        "status": ["in_progress", "failed"],
        "global_tenant": ["true"],
        "limit": ["500"],
        "marker": ["s499"],
    }


def test_a_stack_is_found_by_its_name_or_else_its_id(requests_mock: requests_mock.Mocker, heat: HeatReader) -> None:
    requests_mock.get(f"{URL}/stacks?name=s7", json={"stacks": []})
    requests_mock.get(f"{URL}/stacks?id=s7", json={"stacks": [stack(7)]})
    assert heat.find("s7").name == "n7"


def test_a_stack_that_is_not_there_is_named(requests_mock: requests_mock.Mocker, heat: HeatReader) -> None:
    requests_mock.get(f"{URL}/stacks", json={"stacks": []})
    with pytest.raises(errors.NotFound, match="none is named 'nowhere'"):
        heat.find("nowhere")


def test_a_resource_is_read_with_the_stack_that_it_is_nested_in(
    requests_mock: requests_mock.Mocker, heat: HeatReader
) -> None:
    raw = {
        "resource_name": "größe",
        "resource_type": "Custom::Thing",
        "resource_status": "CREATE_FAILED",
        "resource_status_reason": "no \x1b[31mquota",
        "updated_time": "2030-01-01T12:00:00Z",
        "links": links("hello-inner", "s2"),
    }
    requests_mock.get(f"{URL}/stacks/hello/s1/resources", json={"resources": [raw]})
    (found,) = heat.resources(STACK)
    assert (found.name, found.stack_name, found.stack_id) == ("größe", "hello-inner", "s2")
    assert (found.failed, found.in_progress, found.action, found.reason) == (True, False, "CREATE", "no quota")


def test_a_stack_that_is_gone_has_no_resources(requests_mock: requests_mock.Mocker, heat: HeatReader) -> None:
    requests_mock.get(f"{URL}/stacks/hello/s1/resources", status_code=404, json={})
    assert heat.resources(STACK) == []


def test_events_are_read_from_the_one_that_was_seen_last(requests_mock: requests_mock.Mocker, heat: HeatReader) -> None:
    raw = {"id": "e2", "resource_name": "r", "resource_status": "CREATE_COMPLETE", "links": links()}
    requests_mock.get(f"{URL}/stacks/hello/s1/events", json={"events": [raw]})
    (event,) = heat.events(STACK, after="e1")
    assert (event.id, event.resource, event.status, event.at) == ("e2", "r", "CREATE_COMPLETE", None)
    asked = requests_mock.last_request.qs
    assert (asked["marker"], asked["nested_depth"], asked["sort_dir"]) == (["e1"], ["20"], ["asc"])
    assert [event.id for event in heat.events_of(STACK, "r")] == ["e2"]
    assert requests_mock.last_request.qs["resource_name"] == ["r"]


def test_the_events_of_a_stack_without_resources_are_read_as_well(
    requests_mock: requests_mock.Mocker, heat: HeatReader
) -> None:
    raw = {"id": "e2", "resource_name": "hello", "resource_status": "DELETE_COMPLETE", "links": links()}
    requests_mock.get(f"{URL}/stacks/hello/s1/events", json={"events": [raw]})
    requests_mock.get(f"{URL}/stacks/hello/s1/events?nested_depth=20", json={"events": []})
    assert [event.status for event in heat.events(STACK)] == ["DELETE_COMPLETE"]


@pytest.mark.parametrize(
    ("attributes", "read"), [({"request": {"a": 1}}, {"a": 1}), ({"request": "x"}, {}), (None, {})]
)
def test_an_attribute_is_an_object_or_nothing(
    requests_mock: requests_mock.Mocker, heat: HeatReader, attributes: Any, read: Any
) -> None:
    answer = {"json": {"resource": {"attributes": attributes}}}
    requests_mock.get(f"{URL}/stacks/hello/s1/resources/a%3Ab?with_attr=request", **answer)
    assert heat.attribute(STACK, "a:b", "request") == read


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {}},
        {"json": []},
        {"text": "<html>"},
        {"text": "[" * 100_000},
        {"json": {"stacks": [1]}},
        {"json": {"stacks": [{"links": []}] * 500}},
    ],
)
def test_what_cannot_be_read_is_not_taken_for_none(
    requests_mock: requests_mock.Mocker, heat: HeatReader, answer: dict[str, Any]
) -> None:
    requests_mock.get(f"{URL}/stacks", **answer)
    with pytest.raises(errors.ServiceUnavailable):
        list(heat.stacks())
