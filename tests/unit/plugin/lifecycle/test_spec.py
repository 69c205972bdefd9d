"""What a template says about one resource survives the way into the row and out, also from a row of before."""

import json

import pytest

from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Delivery, PhaseWorkflow, ReplacePolicy, Spec

FULL = Spec(
    service_token="mistral:w",
    service_timeout=5,
    resource_type="Custom::Dns",
    properties={"Name": "www"},
    workflows={"create": PhaseWorkflow(workflow="w", namespace="n", params={"env": {"a": 1}})},
    input={"name": "www"},
    description="a record",
    delivery=Delivery.DIRECT,
    always_update=True,
    update_replace_policy=ReplacePolicy.RETAIN,
    clean_up_order=CleanUpOrder.STACK,
)


@pytest.mark.parametrize("spec", [FULL, Spec(resource_type="T")])
def test_it_survives_the_way_into_the_row_and_out(spec: Spec) -> None:
    assert Spec.parse(json.loads(json.dumps(spec.to_dict()))) == spec


def test_what_a_row_of_before_does_not_say_is_the_default() -> None:
    assert Spec.parse({"resource_type": "T"}) == Spec(resource_type="T")


@pytest.mark.parametrize(
    ("token", "workflows", "handled"),
    [
        ("", {}, {"create", "delete"}),
        ("mistral:w", {}, {"create", "delete"}),
        ("", {"create": PhaseWorkflow(workflow="w")}, {"create"}),
        ("mistral:w", {"create": PhaseWorkflow(workflow="w")}, {"create", "delete"}),
    ],
)
def test_a_phase_left_out_does_nothing_only_where_others_are_named_and_no_token(
    token: str, workflows: dict[str, PhaseWorkflow], handled: set[str]
) -> None:
    spec = Spec(resource_type="T", service_token=token, workflows=workflows)
    assert {phase for phase in ("create", "delete") if spec.handles(phase)} == handled


@pytest.mark.parametrize(
    ("given", "wants"),
    [
        ({}, False),
        ({"service_token": "mistral:w"}, False),
        ({"check_requests": True}, True),
        ({"workflows": {"check": PhaseWorkflow(workflow="w")}}, True),
        ({"workflows": {"create": PhaseWorkflow(workflow="w")}, "check_requests": True}, False),
        ({"workflows": {"create": PhaseWorkflow(workflow="w")}, "service_token": "mistral:w"}, False),
    ],
)
def test_a_handler_is_asked_in_a_check_only_where_its_author_wants_it_and_one_is_there(
    given: dict[str, object], *, wants: bool
) -> None:
    assert Spec(resource_type="T", **given).wants_checks is wants


def test_a_release_that_knows_no_checks_reads_what_wants_none() -> None:
    assert "check_requests" not in Spec(resource_type="T").to_dict()
    wants = Spec(resource_type="T", check_requests=True)
    assert Spec.parse(wants.to_dict()) == wants


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"service_timeout": 9}, True),
        ({"description": "another"}, True),
        ({"properties": {"Name": "web"}}, False),
        ({"input": None}, False),
        ({"resource_type": "Custom::Other"}, False),
        ({"service_token": "mistral:other"}, False),
    ],
)
def test_a_handler_sees_a_change_of_what_it_is_sent(change: dict[str, object], same: bool) -> None:
    other = Spec.parse({**FULL.to_dict(), **change})
    assert FULL.asks_the_same(other) is same


def test_no_repr_shows_token_properties_or_parameters() -> None:
    shown = repr(FULL)
    for secret in ("mistral:w", "www", "env"):
        assert secret not in shown
