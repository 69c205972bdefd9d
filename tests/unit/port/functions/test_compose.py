from typing import Any

import pytest

from customresource_bridge.port.context import Context, Options, Scope
from customresource_bridge.port.functions import compose
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.load import load
from customresource_bridge.port.template.template import Template

CTX = Context(
    template=Template.of(load(b"Parameters: {N: {Type: Number}}\nResources: {T: {Type: Custom::T}}")),
    options=Options(),
    functions={},
)
IN_RESOURCE = Scope(SourceLocation("T", 1))
IN_CONDITION = Scope(SourceLocation("C", 1), in_condition=True)
A, N = {"get_attr": ["T", "A"]}, {"get_param": "N"}


@pytest.mark.parametrize(
    ("value", "constant"),
    [("a", True), ([1, {"a": None}], True), (A, False), ([{"x": [A]}], False), ({"get_attr": 1, "b": 2}, True)],
)
def test_a_value_is_constant_where_no_function_is_in_it(value: Any, constant: bool) -> None:
    assert compose.is_constant(value) is constant


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (1, "1"), ("", ""), (None, None), ([], None), ({}, None)])
def test_a_scalar_is_written_as_cloudformation_writes_it(value: Any, text: str | None) -> None:
    assert compose.scalar_text(value) == text


def test_constants_are_joined_now_and_the_rest_by_heat() -> None:
    assert compose.joined("-", ["a", 1, True], CTX, IN_RESOURCE) == "a-1-true"
    assert compose.joined("-", ["a", A], CTX, IN_RESOURCE) == {"list_join": ["-", ["a", A]]}
    assert compose.joined("-", A, CTX, IN_RESOURCE) == {"list_join": ["-", A]}


def test_a_condition_joins_by_yaql_which_takes_numbers() -> None:
    joined = compose.joined("-", ["a", N], CTX, IN_CONDITION)
    data = {"items": ["a", N], "separator": "-"}
    assert joined == {"yaql": {"expression": "$.data.items.join($.data.separator)", "data": data}}


NUMBER = {"str_replace": {"template": "number", "params": {"number": N}}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (A, A),
        (N, NUMBER),
        (5, "5"),
        ([True, N], ["true", NUMBER]),
        ({"if": ["C", 5432, {"if": ["D", N]}]}, {"if": ["C", "5432", {"if": ["D", NUMBER]}]}),
    ],
)
def test_each_number_is_made_a_text_wherever_a_choice_has_it(value: Any, text: Any) -> None:
    assert compose.text_of(value, CTX, IN_RESOURCE) == text


def test_a_condition_makes_a_number_a_text_by_yaql() -> None:
    assert compose.text_of(N, CTX, IN_CONDITION) == compose.yaql("str($.data.number)", number=N)


@pytest.mark.parametrize("items", [["a", {"if": ["C", 1, 2]}], {"if": ["C", [1], {"get_param": "L"}]}])
def test_what_is_joined_holds_no_number_which_heat_refuses(items: Any) -> None:
    joined = compose.joined("-", items, CTX, IN_RESOURCE)
    assert joined == {"list_join": ["-", compose.text_of(items, CTX, IN_RESOURCE)]}


def test_a_number_is_split_as_a_text() -> None:
    assert compose.split(".", N, CTX, IN_RESOURCE) == {"str_split": [".", NUMBER]}


@pytest.mark.parametrize(
    ("items", "selected"),
    [
        (["a", "b"], "b"),
        ({"get_param": "L"}, {"get_param": ["L", 1]}),
        ({"get_param": ["M", "k"]}, {"get_param": ["M", "k", 1]}),
        (A, {"get_attr": ["T", "A", 1]}),
        ({"str_split": ["/", A]}, {"str_split": ["/", A, 1]}),
    ],
)
def test_an_item_is_selected_by_a_path_where_heat_has_one(items: Any, selected: Any) -> None:
    assert compose.selected("1", items, CTX, IN_RESOURCE) == selected


def test_an_item_behind_one_that_may_vanish_is_selected_by_heat() -> None:
    items = [{"if": ["C", "a"]}, "b"]
    assert compose.selected(1, items, CTX, IN_RESOURCE)["yaql"]["data"] == {"items": items, "index": 1}


def test_a_condition_has_no_paths_into_an_attribute() -> None:
    assert "yaql" in compose.selected(0, A, CTX, IN_CONDITION)
    assert compose.split("/", "a/b", CTX, IN_CONDITION) == ["a", "b"]
    assert compose.split("/", A, CTX, IN_CONDITION)["yaql"]["data"] == {"text": A, "separator": "/"}


def test_a_choice_that_a_condition_does_not_take_may_lack_the_item() -> None:
    assert compose.selected(N, A, CTX, IN_CONDITION)["yaql"]["expression"].endswith(".first('')")
