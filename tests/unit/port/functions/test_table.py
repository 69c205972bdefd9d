import re
from typing import Any

import porting
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

P, N, L = {"get_param": "P"}, {"get_param": "N"}, {"get_param": "L"}


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("!Ref P", P),
        ("!Ref Other", {"get_resource": "Other"}),
        ("!Ref AWS::StackName", {"get_param": "OS::stack_name"}),
        ("!Ref AWS::AccountId", {"get_param": "OS::project_id"}),
        ("!Ref AWS::Region", {"get_param": "AWSRegion"}),
        ("!Ref AWS::Partition", {"get_param": "AWSPartition"}),
        ("!Ref AWS::URLSuffix", {"get_param": "AWSURLSuffix"}),
        ("!Ref AWS::NotificationARNs", []),
        ("!Ref AWS::NoValue", None),
        ("!GetAtt Other.A", {"get_attr": ["Other", "A"]}),
        ("!GetAtt Other.A.B", {"get_attr": ["Other", "A.B"]}),
        ("!GetAtt [Other, !Ref P]", {"get_attr": ["Other", P]}),
        ("!Ref Bucket", {"get_param": "Bucket"}),
        ("!GetAtt Bucket.Arn", {"get_param": "BucketArn"}),
        ("!ImportValue x-y", {"get_param": "Importedxy"}),
        ("!If [C, a, b]", {"if": ["C", "a", "b"]}),
        ("!If [C, a, !Ref 'AWS::NoValue']", {"if": ["C", "a"]}),
        ("!If [C, !Ref 'AWS::NoValue', b]", {"if": [{"not": "C"}, "b"]}),
        ("!If [C, !Ref 'AWS::NoValue', !Ref 'AWS::NoValue']", None),
        ("!Sub plain", "plain"),
        ("!Sub '${P}'", P),
        ("!Sub '${!P}'", "${P}"),
        ("!Sub 'a${P}'", {"str_replace": {"template": "a${P}", "params": {"${P}": P}}}),
        ("!Sub ['${A}', {A: x}]", "x"),
        ("!Sub ['a${A}', {A: !Ref P}]", {"str_replace": {"template": "a${P}", "params": {"${P}": P}}}),
        ("!Sub '${!P}${P}'", {"str_replace": {"template": "${P}%${P}", "params": {"%${P}": P}}}),
        ("!Join ['', [a, b]]", "ab"),
        ("!Join ['-', [a, !Ref P, 1, true]]", {"list_join": ["-", ["a", P, "1", "true"]]}),
        ("!Join [',', !Ref L]", {"list_join": [",", L]}),
        ("!Select [0, [a, b]]", "a"),
        ("!Select ['1', !Ref L]", {"get_param": ["L", 1]}),
        ("!Select [0, !GetAtt Other.List]", {"get_attr": ["Other", "List", 0]}),
        ("!Select [1, !Split ['/', !Ref P]]", {"str_split": ["/", P, 1]}),
        ("!Split ['/', a/b]", ["a", "b"]),
        ("!Split ['/', !Ref P]", {"str_split": ["/", P]}),
        ("!FindInMap [M, a, b]", "1"),
        ("!FindInMap [M, a, c]", ["x", "true"]),
        ("!FindInMap [M, !Ref P, b]", {"get_param": ["M", P, "b"]}),
        ("!GetAZs ''", {"get_param": "AvailabilityZones"}),
        ("!Cidr [10.0.0.0/24, 2, 5]", ["10.0.0.0/27", "10.0.0.32/27"]),
        ("!Cidr [!Ref P, 2, 5]", {"get_param": "Cidrs"}),
        ("!Base64 hello", "aGVsbG8="),
        ("!Base64 {Ref: P}", P),
        ("{'Fn::Length': [1, 2]}", 2),
        ("{'Fn::ToJsonString': {a: !Ref P}}", {"str_replace": {"template": "%json%", "params": {"%json%": {"a": P}}}}),
        ("{Ref: x, Other: y}", {"Ref": "x", "Other": "y"}),
    ],
)
def test_each_function_becomes_hots(expression: str, translated: Any) -> None:
    assert porting.value(expression) == translated


def test_a_computed_index_is_left_to_yaql() -> None:
    assert porting.value("!Select [!Ref N, !Ref L]") == {
        "yaql": {"expression": "$.data.items[int($.data.index)]", "data": {"items": L, "index": N}}
    }


def test_list_join_takes_no_number_so_that_one_is_written_as_text() -> None:
    joined = porting.value("!Join ['-', [!Ref N]]")
    assert joined == {"list_join": ["-", [{"str_replace": {"template": "number", "params": {"number": N}}}]]}


def test_data_that_looks_like_a_function_of_hots_stays_data() -> None:
    result = porting.ported(
        "Resources: {Thing: {Type: Custom::T, Properties: {Query: {filter: {a: [1]}}, O: {if: 1}}}}"
    )
    hot = porting.hot(result)
    properties = hot["resources"]["Thing"]["properties"]
    assert hot["parameters"][properties["Query"]["get_param"]]["default"] == {"filter": {"a": [1]}}
    assert hot["parameters"][properties["O"]["get_param"]]["default"] == {"if": 1}
    assert properties["Query"] != properties["O"]


def test_data_that_looks_like_one_and_holds_one_is_reported() -> None:
    assert porting.value("{filter: {a: !Ref P}}") is None
    assert [(f.construct, f.level, f.line) for f in porting.findings("V: {filter: {a: !Ref P}}")][-1:] == [
        ("filter", "lost", 16)
    ]


def test_the_stacks_id_has_three_parts_between_slashes_as_at_aws() -> None:
    assert porting.value("!Ref AWS::StackId")["str_replace"]["template"].count("/") == 2


def test_what_stands_for_the_same_thing_is_one_parameter() -> None:
    result = porting.properties("A: !Ref Bucket\nB: !Sub 'x${Bucket}'\nC: !GetAtt Bucket.Arn")
    assert result["A"] == {"get_param": "Bucket"}
    assert result["B"]["str_replace"]["params"] == {"${Bucket}": {"get_param": "Bucket"}}
    assert result["C"] == {"get_param": "BucketArn"}


def test_an_added_parameter_takes_no_name_that_is_taken() -> None:
    text = "Parameters: {BArn: {Type: String}}\nResources:\n  B: {Type: AWS::S3::Bucket}\n"
    text += "  T: {Type: Custom::T, Properties: {ServiceToken: mistral:w, A: !GetAtt B.Arn, B: !Ref BArn}}\n"
    result = porting.hot(porting.ported(text))
    assert result["resources"]["T"]["properties"]["A"] == {"get_param": "BArn2"}
    assert result["parameters"]["BArn2"]["default"] == "replace-me-B.Arn"
    assert "default" not in result["parameters"]["BArn"]


@pytest.mark.parametrize(
    "expression",
    [
        "!Ref [a]",
        "!GetAtt Other",
        "!If [C, a]",
        "!If [Nope, a, b]",
        "!Sub [a]",
        "!Sub '${}'",
        "!Join x",
        "!Join [!Ref P, [a]]",
        "!Split ['', a]",
        "!Select [a, [b]]",
        "!Select [5, [b]]",
        "!FindInMap [Nope, a, b]",
        "!FindInMap [M, a, nope]",
        "!Cidr [nonsense, 2, 5]",
        "!Cidr [10.0.0.0/30, 9, 1]",
        "!Cidr [10.0.0.0/8, 999999, 1]",
        "{'Fn::ToJsonString': x}",
    ],
)
def test_a_malformed_argument_is_reported_and_left_out(expression: str) -> None:
    assert porting.value(expression) is None
    (finding,) = [f for f in porting.findings(f"V: {expression}") if "malformed" in f.reason]
    assert finding.level == "lost"
    assert finding.resource == "Thing"
    assert finding.line == 16


def test_condition_is_a_function_among_conditions_only() -> None:
    value = porting.properties("V: {Condition: {StringEquals: {a: !Ref P}}}\nW: [{Condition: C}]")
    assert value["V"] == {"Condition": {"StringEquals": {"a": {"get_param": "P"}}}}
    assert value["W"] == [{"Condition": "C"}]
    assert [f for f in porting.findings("V: {Condition: x}") if f.resource == "Thing"] == []


def test_blocks_that_heat_cannot_compute_are_a_parameter_each() -> None:
    value = porting.properties("A: !Cidr [!Ref P, 2, 8]\nB: !Cidr [!Ref P, 3, 8]\nC: !Cidr [!Ref P, 2, 8]")
    assert value["A"] == value["C"] == {"get_param": "Cidrs"}
    assert value["B"] == {"get_param": "Cidrs2"}
    found = [
        f for f in porting.findings("A: !Cidr [!Ref P, 2, 8]\nB: !Cidr [!Ref P, 3, 8]") if f.construct == "Fn::Cidr"
    ]
    assert ["Cidrs " in f.remedy or "Cidrs2 " in f.remedy for f in found] == [True, True]


def test_a_parameter_that_the_port_adds_is_not_called_as_a_resource_that_stays() -> None:
    text = """\
Mappings: {Data: {a: {b: c}}}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  BucketArn: {Type: Custom::A, Properties: {ServiceToken: mistral:w, B: !GetAtt Bucket.Arn, C: !Ref Bucket}}
  Data: {Type: Custom::B, Properties: {ServiceToken: mistral:w, D: !FindInMap [Data, !Ref BucketArn, b]}}
"""
    hot = porting.hot(porting.ported(text))
    assert set(hot["parameters"]) == {"BucketArn2", "Bucket", "Data2"}
    assert hot["resources"]["BucketArn"]["properties"]["B"] == {"get_param": "BucketArn2"}


# --- Fn::Sub against CloudFormation's own rules, over texts nobody thought of ---

LITERALS = st.text(alphabet="abAP{}$%!.- \n'\"/", max_size=12).filter(lambda text: not re.search(r"\$\{[^{}]*\}", text))
VARIABLES = st.sampled_from(["${P}", "${N}", "${!P}", "${AWS::StackName}", "${Other}"])
PIECES = st.lists(LITERALS | VARIABLES, max_size=8)
VALUES = {"P": "va${l}ue", "N": "7", "OS::stack_name": "$stack%", "Other": "${P}"}


def resolved(value: Any) -> str:
    """Do what Heat does with the functions that Fn::Sub becomes."""
    if isinstance(value, str):
        return value
    name, argument = next(iter(value.items()))
    if name in {"get_param", "get_resource"}:
        return VALUES[argument]
    assert name == "str_replace"
    texts = [argument["template"]]

    def replace(parts: list[str], keys: list[str]) -> list[str]:
        if not keys:
            return parts
        by = resolved(argument["params"][keys[0]])
        return [by.join(replace(part.split(keys[0]), keys[1:])) for part in parts]

    return replace(texts, sorted(sorted(argument["params"]), key=len, reverse=True))[0]


@settings(deadline=None, max_examples=60)
@given(PIECES)
def test_sub_means_what_cloudformation_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    known = {"P", "N", "AWS::StackName", "Other"}
    names = {m[2].strip() for m in re.finditer(r"\$\{(!?)([^{}]*)\}", text) if not m[1]}
    if not names <= known:  # literals that met to make another variable
        return
    expected = re.sub(
        r"\$\{(!?)([^{}]*)\}",
        lambda match: (
            "${" + match[2] + "}"
            if match[1]
            else VALUES[{"AWS::StackName": "OS::stack_name"}.get(match[2].strip(), match[2].strip())]
        ),
        text,
    )
    translated = porting.value(yaml.safe_dump({"Fn::Sub": text}, default_flow_style=True, width=10_000).strip())
    assert resolved(translated if translated is not None else "") == expected


CONSTANTS = st.text(max_size=20) | st.booleans() | st.integers()


@settings(deadline=None, max_examples=60)
@given(st.recursive(CONSTANTS, lambda inner: st.lists(inner, max_size=3), max_leaves=6))
def test_constants_reach_heat_unchanged(value: Any) -> None:
    text = yaml.safe_dump({"V": value}, default_flow_style=True, width=10_000, allow_unicode=False).strip()[1:-1]
    assert porting.properties(text)["V"] == value
