"""What a handler's Data becomes: attributes, outputs, masks; and what the properties were before they reached it."""

import json
from typing import Any

import pytest
import value_rules
from functional.plugin.handler import Body
from functional.plugin.situations import World
from functional.plugin.stacks import custom, hot
from heatclient import exc

from customresource_bridge.protocol.values import stringified

SECRET = "s3cr3t-value"
DATA: dict[str, Any] = {"Name": "n", "Nested": {"List": [{"x": 1}, "two"], "k.e": True}, "with.dot": 4, "Nothing": None}


def test_attributes_in_hot_and_in_cloudformation_templates(w: World) -> None:
    w.handler.script = lambda _r: {"Status": "SUCCESS", "PhysicalResourceId": "i" * 1024, "Data": DATA}
    outputs = {
        "name": {"get_attr": ["a", "Name"]},
        "deep": {"get_attr": ["a", "Nested", "List", 0, "x"]},
        "dotted": {"get_attr": ["a", "Nested.List.1"]},
        "key with dot": {"get_attr": ["a", "with.dot"]},
        "whole": {"get_attr": ["a", "data"]},
        "ref": {"get_resource": "a"},
    }
    hot_stack = w.stacks.create(hot({"a": custom(w.handler.token)}, outputs))
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "A": {
                "Type": "AWS::CloudFormation::CustomResource",
                "Version": "1.0",
                "Properties": {"ServiceToken": w.handler.token, "Count": 3, "On": True, "List": [1, {"y": None}]},
            },
            "B": {
                "Type": "Custom::Other",
                "Properties": {"ServiceToken": w.handler.token, "Of": {"Fn::GetAtt": ["A", "Nested.List.1"]}},
            },
        },
        "Outputs": {"Ref": {"Value": {"Ref": "A"}}, "Deep": {"Value": {"Fn::GetAtt": ["A", "Nested.List.0.x"]}}},
    }
    cfn_stack = w.stacks.create(template)
    hot_stack.wait("CREATE_COMPLETE")
    cfn_stack.wait("CREATE_COMPLETE")
    assert hot_stack.outputs() == {
        "name": "n",
        "deep": "1",
        "dotted": "two",
        "key with dot": "4",
        "whole": stringified(DATA),
        "ref": "i" * 1024,
    }
    assert cfn_stack.outputs() == {"Ref": "i" * 1024, "Deep": "1"}
    seen = {r["LogicalResourceId"]: r for r in w.handler.received}
    assert seen["A"]["ResourceProperties"] == {
        "ServiceToken": w.handler.token,
        "Count": "3",
        "On": "true",
        "List": ["1", {}],
    }
    assert seen["A"]["ResourceType"] == "AWS::CloudFormation::CustomResource"
    assert seen["B"]["ResourceType"] == "Custom::Other"
    assert seen["B"]["ResourceProperties"]["Of"] == "two"


def test_values_are_texts_on_their_way_in_and_out_as_the_table_says(w: World) -> None:
    w.handler.script = lambda _r: {"Status": "SUCCESS", "Data": {**value_rules.data(), "show": 7}}
    given = {name: value for name, value in value_rules.data().items() if value is not None}
    outputs: dict[str, Any] = {name: {"get_attr": ["a", name]} for name in given}
    outputs["joined"] = {"list_join": [":", [{"get_attr": ["a", "Whole"]}, {"get_attr": ["a", "True"]}]]}
    outputs["show"] = {"get_attr": ["a", "show"]}
    resources = {"a": custom(w.handler.token, given), "b": custom(w.handler.token, {"Joined": outputs["joined"]})}
    stack = w.stacks.create(hot(resources, outputs)).wait("CREATE_COMPLETE")
    of_a, of_b = (request["ResourceProperties"] for request in w.handler.received)
    assert of_a == {"ServiceToken": w.handler.token, **value_rules.received()}
    assert of_b == {"ServiceToken": w.handler.token, "Joined": "14:true"}
    expected = {name: value for name, value in value_rules.attributes().items() if name in given}
    assert stack.outputs() == {**expected, "joined": "14:true", "show": "7"}


def test_value_types_can_be_chosen(w: World) -> None:
    given = {"Count": 3, "On": True, "Map": {"f": 1.5}}
    native = custom(w.handler.token, given, update_policy={"ValueTypes": "native"})
    fields = {"service_token": w.handler.token, "properties": given}
    resources = {
        "native_cfn": native,
        "native_hot": {"type": "OS::Heat::CustomResource", "properties": fields},
        "string_hot": {"type": "OS::Heat::CustomResource", "properties": {**fields, "value_types": "string"}},
    }
    w.stacks.create(hot(resources)).wait("CREATE_COMPLETE")
    seen = {r["LogicalResourceId"]: r["ResourceProperties"] for r in w.handler.received}
    expected = {"ServiceToken": w.handler.token, **given}
    assert seen["native_cfn"] == expected
    assert seen["native_hot"] == expected
    assert seen["string_hot"] == {
        "ServiceToken": w.handler.token,
        "Count": "3",
        "On": "true",
        "Map": {"f": "1.5"},
    }


def test_a_missing_attribute_is_named(w: World) -> None:
    w.handler.script = lambda _r: {"Status": "SUCCESS", "Data": {"Name": "n"}}
    resources = {"a": custom(w.handler.token), "b": custom(w.handler.token, {"Of": {"get_attr": ["a", "Nope"]}})}
    stack = w.stacks.create(hot(resources)).wait("CREATE_FAILED")
    assert "(a Nope)" in stack.get().stack_status_reason


def test_no_echo_is_masked_for_readers_and_real_for_dependents(w: World) -> None:
    def script(request: Body) -> dict[str, Any]:
        secret = request["LogicalResourceId"] == "a"
        return {"Status": "SUCCESS", "NoEcho": secret, "Data": {"Password": SECRET} if secret else {}}

    w.handler.script = script
    resources = {"a": custom(w.handler.token), "b": custom(w.handler.token, {"Of": {"get_attr": ["a", "Password"]}})}
    outputs = {"password": {"get_attr": ["a", "Password"]}, "all": {"get_attr": ["a", "data"]}}
    stack = w.stacks.create(hot(resources, outputs)).wait("CREATE_COMPLETE")
    assert w.handler.last()["ResourceProperties"]["Of"] == SECRET
    assert stack.outputs() == {"password": "****", "all": "****"}
    shown = stack.heat.resources.get(stack.id, "a", with_attr=["Password", "show"]).to_dict()
    assert SECRET not in json.dumps(shown)
    events = [event.to_dict() for event in stack.heat.events.list(stack.id, resource_name="a")]
    assert SECRET not in json.dumps(events)


@pytest.mark.parametrize("size", [4096, 100_000, 250_000])
def test_large_data(w: World, size: int) -> None:
    text = "".join(chr(33 + (i * 7919) % 90) for i in range(size))
    w.handler.script = lambda _r: {"Status": "SUCCESS", "Data": {"Text": text}}
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}, {"text": {"get_attr": ["a", "Text"]}}))
    assert stack.wait("CREATE_COMPLETE").outputs()["text"] == text


def test_a_wrong_answer_fails_with_its_own_reason_and_its_id_gets_the_delete(w: World) -> None:
    w.handler.script = lambda _r: None
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    request = w.handler.wait_for(1)[0]
    assert w.handler.answer(request, {"Status": "SUCCESS", "RequestId": "another"}).status_code == 200
    wrong = w.handler.answer(
        request, {"Status": "Success", "physicalResourceId": 7, "Reason": "made\x1b[31m 😀\x00", "Data": "x"}
    )
    assert (wrong.status_code, "Data is a string: send an object" in wrong.text) == (400, True)
    stack.wait("CREATE_FAILED")
    assert "made \ufffd\ufffd (The handler's answer was refused: Data is a string" in stack.reason("a")
    assert stack.resource("a").physical_resource_id == "7"
    w.handler.script = lambda _r: {"Status": "SUCCESS", "Data": "gone"}
    stack.delete().wait("DELETE_COMPLETE")
    assert w.handler.sequence() == ["Create a", "Delete a 7"]


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"ServiceToken": "zaqar:not a queue"}, "names no queue"),
        ({"ServiceToken": "mistral:"}, "names no workflow"),
        ({"ServiceToken": "mistrall:greet"}, "did you mean mistral:greet?"),
        ({"ServiceTimeOut": 5}, "did you mean ServiceTimeout?"),
        ({"ServiceTimeout": 0}, "out of range"),
        ({"ServiceTimeout": "soon"}, "not an integer"),
    ],
)
def test_a_wrong_template_is_refused_at_once(w: World, properties: dict[str, Any], problem: str) -> None:
    with pytest.raises(exc.HTTPBadRequest) as caught:
        w.stacks.create(hot({"a": custom(w.handler.token, properties)}))
    assert problem in str(caught.value)


def test_a_misspelt_property_is_refused_at_once_by_validation_too(w: World) -> None:
    misspelt = {"service_token": w.handler.token, "servce_timeout": 5}
    template = hot({"a": {"type": "OS::Heat::CustomResource", "properties": misspelt}})
    for ask in (w.stacks.create, lambda wrong: w.stacks.heat.stacks.validate(template=wrong)):
        with pytest.raises(exc.HTTPBadRequest) as caught:
            ask(template)
        assert "Unknown Property servce_timeout" in str(caught.value)


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        ({"type": "Custom::Foo", "properties": {"serviceToken": "zaqar:q"}}, "did you mean ServiceToken?"),
        ({"type": "Custom::Foo", "properties": {"ServiceToken": "Mistral:greet"}}, "did you mean mistral:greet?"),
        ({"type": "Custom::Foo.Bar", "properties": {"ServiceToken": "zaqar:q"}}, "is no type's name"),
    ],
)
def test_a_slip_of_the_pen_is_said_by_every_validation(w: World, resource: dict[str, Any], problem: str) -> None:
    for ask in (w.stacks.create, lambda wrong: w.stacks.heat.stacks.validate(template=wrong)):
        with pytest.raises(exc.HTTPBadRequest) as caught:
            ask(hot({"a": resource}))
        assert problem in str(caught.value)
