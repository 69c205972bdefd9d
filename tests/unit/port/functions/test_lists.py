from typing import Any

import porting
import pytest

P, N, L = {"get_param": "P"}, {"get_param": "N"}, {"get_param": "L"}


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("!Select [0, [a, b]]", "a"),
        ("!Select ['1', !Ref L]", {"get_param": ["L", 1]}),
        ("!Select [0, !GetAtt Other.List]", {"get_attr": ["Other", "List", 0]}),
        ("!Select [1, !Split ['/', !Ref P]]", {"str_split": ["/", P, 1]}),
        ("!FindInMap [M, a, b]", "1"),
        ("!FindInMap [M, a, c]", ["x", "true"]),
        ("!FindInMap [M, !Ref P, b]", {"get_param": ["M", P, "b"]}),
        ("!GetAZs ''", {"get_param": "AvailabilityZones"}),
        ("!Cidr [10.0.0.0/24, 2, 5]", ["10.0.0.0/27", "10.0.0.32/27"]),
        ("!Cidr [!Ref P, 2, 5]", {"get_param": "Cidrs"}),
        ("{'Fn::Length': [1, 2]}", 2),
    ],
)
def test_each_function_about_lists_becomes_hots(expression: str, translated: Any) -> None:
    assert porting.value(expression) == translated


@pytest.mark.parametrize(
    "expression",
    [
        "!Select [a, [b]]",
        "!Select [5, [b]]",
        "!FindInMap [Nope, a, b]",
        "!FindInMap [M, a, nope]",
        "!Cidr [nonsense, 2, 5]",
        "!Cidr [10.0.0.0/30, 9, 1]",
        "!Cidr [10.0.0.0/8, 999999, 1]",
    ],
)
def test_a_malformed_argument_is_reported_and_left_out(expression: str) -> None:
    assert porting.value(expression) is None
    (finding,) = [f for f in porting.findings(f"V: {expression}") if "malformed" in f.reason]
    assert (finding.level, finding.resource, finding.line) == ("lost", "Thing", 16)


def test_a_computed_index_is_left_to_yaql() -> None:
    assert porting.value("!Select [!Ref N, !Ref L]") == {
        "yaql": {"expression": "$.data.items[int($.data.index)]", "data": {"items": L, "index": N}}
    }


def test_blocks_that_heat_cannot_compute_are_a_parameter_each() -> None:
    value = porting.properties("A: !Cidr [!Ref P, 2, 8]\nB: !Cidr [!Ref P, 3, 8]\nC: !Cidr [!Ref P, 2, 8]")
    assert value["A"] == value["C"] == {"get_param": "Cidrs"}
    assert value["B"] == {"get_param": "Cidrs2"}
    found = [
        f for f in porting.findings("A: !Cidr [!Ref P, 2, 8]\nB: !Cidr [!Ref P, 3, 8]") if f.construct == "Fn::Cidr"
    ]
    assert ["Cidrs " in f.remedy or "Cidrs2 " in f.remedy for f in found] == [True, True]


@pytest.mark.parametrize(
    ("construct", "value"), [("Fn::GetAZs", "!GetAZs ''"), ("Fn::Cidr", "!Cidr [!GetAtt T.B, 1, 8]")]
)
def test_what_heat_cannot_ask_for_is_to_be_provided(construct: str, value: str) -> None:
    text = porting.template(outputs=f"  O: {{Value: {value}}}\n")
    assert porting.about(text, construct) == [("todo", "Outputs.O", 4)]


def test_a_mapping_by_region_without_the_own_region_is_reported() -> None:
    text = porting.template(
        top="Mappings: {M: {us-east-1: {b: c}}}\n", outputs="  O: {Value: !FindInMap [M, !Ref AWS::Region, b]}\n"
    )
    assert porting.about(text, "Fn::FindInMap") == [("todo", "Outputs.O", 5)]
    assert "Fn::FindInMap" not in {f.construct for f in porting.ported(text, region="us-east-1").report}


LOOKED_UP = "$.data.map.get(str($.data.first), dict()).get(str($.data.second), $.data.default)"


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("!FindInMap [M, a, b, {DefaultValue: x}]", "1"),
        ("!FindInMap [M, other, b, {DefaultValue: fallback}]", "fallback"),
        ("!FindInMap [M, a, other, {DefaultValue: !Ref P}]", P),
        ("!FindInMap [M, a, other, {DefaultValue: !Ref 'AWS::NoValue'}]", None),
        (
            "!FindInMap [M, !Ref P, b, {DefaultValue: x}]",
            {
                "yaql": {
                    "expression": LOOKED_UP,
                    "data": {"map": {"get_param": "M"}, "first": P, "second": "b", "default": "x"},
                }
            },
        ),
    ],
)
def test_a_key_that_the_mapping_lacks_yields_the_default_value(expression: str, translated: Any) -> None:
    assert porting.value(expression) == translated
    assert "malformed" not in "".join(f.reason for f in porting.findings(f"V: {expression}"))


def test_a_default_value_for_the_own_region_makes_the_region_s_key_needless() -> None:
    text = porting.template(
        top="Mappings: {M: {us-east-1: {b: c}}}\n",
        outputs="  O: {Value: !FindInMap [M, !Ref AWS::Region, b, {DefaultValue: x}]}\n",
    )
    assert porting.about(text, "Fn::FindInMap") == []


def test_a_value_that_a_missing_key_would_take_away_is_reported() -> None:
    text = porting.template(
        top="Mappings: {M: {a: {b: c}}}\n",
        outputs="  O: {Value: !FindInMap [M, !GetAtt T.A, b, {DefaultValue: !Ref 'AWS::NoValue'}]}\n",
    )
    assert porting.about(text, "Fn::FindInMap DefaultValue") == [("lost", "Outputs.O", 5)]


def test_a_length_is_a_number_in_json_and_a_text_among_texts() -> None:
    length = {"expression": "$.data.items.len()", "data": {"items": L}}
    found = porting.value("{'Fn::ToJsonString': {n: {'Fn::Length': !Ref L}}}")
    assert found["str_replace"]["params"]["%json%"] == {"n": {"yaql": length}}
    found = porting.value("!Join ['-', [{'Fn::Length': !Ref L}, a]]")
    assert found["list_join"][1][0] == {"yaql": {**length, "expression": "str($.data.items.len())"}}


def test_a_length_equals_a_text_in_a_condition() -> None:
    top = "Parameters: {L: {Type: CommaDelimitedList}}\nConditions: {Two: !Equals [!Length {Ref: L}, 2]}\n"
    text = porting.template(top=top)
    equals = porting.hot(porting.ported(text))["conditions"]["Two"]["equals"]
    length = {"expression": "str($.data.items.len())", "data": {"items": {"get_param": "L"}}}
    assert equals == [{"yaql": length}, "2"]


def test_a_default_that_is_a_number_is_looked_up_as_a_text() -> None:
    found = porting.value("!FindInMap [M, !Ref P, b, {DefaultValue: 5432}]")
    assert found["yaql"]["data"]["default"] == "5432"
