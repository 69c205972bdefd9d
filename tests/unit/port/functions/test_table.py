from typing import Any

import pytest

from customresource_bridge.port.context import Context, Options, Scope
from customresource_bridge.port.functions.dispatch import MalformedError
from customresource_bridge.port.functions.table import FUNCTIONS
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template

NAMES = """
Ref Fn::Base64 Fn::Cidr Fn::FindInMap Fn::GetAZs Fn::GetAtt Fn::If Fn::ImportValue Fn::Join Fn::Length Fn::Select
Fn::Split Fn::Sub Fn::ToJsonString
"""


def test_every_function_of_cloudformations_that_heat_can_say_has_a_translator() -> None:
    assert set(FUNCTIONS) == set(NAMES.split())


TAKES_ANYTHING = {"Fn::Base64", "Fn::GetAZs", "Fn::ImportValue", "Fn::Length", "Fn::ToJsonString"}


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - TAKES_ANYTHING))
@pytest.mark.parametrize("argument", [None, {}, []], ids=repr)
def test_a_translator_refuses_what_has_not_its_form(name: str, argument: Any) -> None:
    template = Template.of(load(b"Resources: {T: {Type: Custom::T}}"))
    ctx = Context(template=template, options=Options(), functions=FUNCTIONS)
    with pytest.raises(MalformedError):
        FUNCTIONS[name](argument, ctx, Scope(SourceLocation("T", 1)))
