from dataclasses import replace

import django_parts  # noqa: F401 - the addresses
from visibility_parts import NOW, PROJECT, STACK

from customresource_bridge.dashboard.lanes import lane
from customresource_bridge.dashboard.links import LinkedLane, linked
from customresource_bridge.dashboard.pages import LaneGroup
from customresource_bridge.visibility.view import RequestView, SeenStage

VIEW = RequestView(
    stage=SeenStage.RUNNING,
    stack_name="hello",
    stack_id=STACK,
    resource="a&b",
    request_type="Create",
    request_id="r1",
    execution_id="e1",
    project_id=PROJECT,
)


def of(view: RequestView) -> LinkedLane:
    (one,) = linked(LaneGroup(title="In flight", lanes=[lane(view, now=NOW)]), PROJECT)
    return one


def test_a_request_leads_to_its_stack_and_its_steps() -> None:
    one = of(VIEW)
    assert one.stack == f"/project/stacks/stack/{STACK}/"
    assert one.steps == "/project/crb/steps/?request=r1"


def test_one_whose_id_is_not_known_is_found_by_its_resource() -> None:
    assert of(replace(VIEW, request_id="")).steps == f"/project/crb/steps/?stack={STACK}&resource=a%26b"
    assert of(replace(VIEW, request_id="", stack_id="")).steps == ""


def test_a_page_that_horizon_does_not_have_is_not_linked() -> None:
    """Mistral's pages come with a plug-in of their own."""
    assert of(VIEW).execution == ""


def test_what_is_of_another_project_is_not_linked() -> None:
    one = of(replace(VIEW, project_id="b" * 32))
    assert (one.stack, one.execution, one.steps) == ("", "", "")
