from typing import Any

import porting
import pytest


@pytest.mark.parametrize(
    ("condition", "translated"),
    [
        ("!Equals [!Ref S, a]", {"equals": [{"get_param": "S"}, "a"]}),
        ("!Equals [!Ref S, true]", {"equals": [{"get_param": "S"}, "true"]}),
        ("!Equals [!Ref N, '3']", {"equals": [{"get_param": "N"}, 3]}),
        ("!Equals [1, '1']", {"equals": ["1", "1"]}),
        ("!Not [!Condition D]", {"not": "D"}),
        ("!Condition D", {"and": ["D", "D"]}),
        ("!And [!Condition D, !Equals [a, b]]", {"and": ["D", {"equals": ["a", "b"]}]}),
        ("!Or [!Condition D]", {"or": ["D", "D"]}),
        (
            "!Equals [!Join ['', !Ref L], '']",
            {
                "equals": [
                    {
                        "yaql": {
                            "expression": "$.data.items.join($.data.separator)",
                            "data": {"items": {"get_param": "L"}, "separator": ""},
                        }
                    },
                    "",
                ]
            },
        ),
        (
            "!Equals [!Select [0, !Ref L], a]",
            {"equals": [{"get_param": ["L", 0]}, "a"]},
        ),
        (
            "!Equals [!If [D, a, b], a]",
            {
                "equals": [
                    {
                        "yaql": {
                            "expression": "switch($.data.test => $.data.yes, true => $.data.no)",
                            "data": {"test": {"and": ["D", "D"]}, "yes": "a", "no": "b"},
                        }
                    },
                    "a",
                ]
            },
        ),
    ],
)
def test_conditions(condition: str, translated: dict[str, Any]) -> None:
    text = "Parameters: {S: {Type: String}, N: {Type: Number}, L: {Type: CommaDelimitedList}}\n"
    text += f"Conditions:\n  C: {condition}\n  D: !Equals [x, x]\nResources: {{T: {{Type: Custom::T}}}}\n"
    assert porting.hot(porting.ported(text))["conditions"]["C"] == translated


def test_what_is_no_condition_of_heats_is_false_and_reported() -> None:
    text = porting.template(top="Conditions:\n  C: {'Fn::EachMemberIn': []}\n")
    assert porting.about(text, "Fn::EachMemberIn") == [("lost", "Conditions.C", 2)]
    assert porting.hot(porting.ported(text))["conditions"] == {"C": {"equals": ["no", "yes"]}}


def test_a_parameter_that_only_its_owner_knows_and_a_condition_reads_is_noted() -> None:
    text = porting.template(top="Parameters: {P: {Type: String}, D: {Type: String, Default: d}, U: {Type: String}}\n")
    text += "Conditions: {C: !Equals [!Sub '${P}-${D}', x]}\n"
    (finding,) = porting.ported(text).report
    assert (finding.level, finding.construct, finding.resource) == ("note", "Conditions", "Parameters.P")
    assert "-e environment.yaml" in finding.remedy


def test_conditions_upon_conditions_do_not_double_and_may_go_in_circles() -> None:
    lines = "".join(f"  C{n}: !Equals [!If [C{n - 1}, a, b], !If [C{n - 1}, a, b]]\n" for n in range(1, 40))
    text = porting.template(top=f"Conditions:\n  C0: !Equals [!If [C39, a, b], a]\n{lines}")
    assert len(porting.ported(text).template) < 40_000
