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
        ("!Split ['/', a/b]", ["a", "b"]),
        ("!Split ['/', !Ref P]", {"str_split": ["/", P]}),
        ("!Base64 hello", "aGVsbG8="),
        ("!Base64 {Ref: P}", P),
        ("{'Fn::ToJsonString': {a: !Ref P}}", {"str_replace": {"template": "%json%", "params": {"%json%": {"a": P}}}}),
    ],
)
def test_each_function_about_text_becomes_hots(expression: str, translated: Any) -> None:
    assert porting.value(expression) == translated


@pytest.mark.parametrize(
    "expression",
    [
        "!Sub [a]",
        "!Sub '${}'",
        "!Join x",
        "!Join [!Ref P, [a]]",
        "!Split ['', a]",
        "{'Fn::ToJsonString': x}",
    ],
)
def test_a_malformed_argument_is_reported_and_left_out(expression: str) -> None:
    assert porting.value(expression) is None
    (finding,) = [f for f in porting.findings(f"V: {expression}") if "malformed" in f.reason]
    assert (finding.level, finding.resource, finding.line) == ("lost", "Thing", 16)


def test_list_join_takes_no_number_so_that_one_is_written_as_text() -> None:
    joined = porting.value("!Join ['-', [!Ref N]]")
    assert joined == {"list_join": ["-", [{"str_replace": {"template": "number", "params": {"number": N}}}]]}


def test_what_heat_cannot_encode_is_reported() -> None:
    text = porting.template(outputs="  O: {Value: !Base64 {Ref: T}}\n")
    assert porting.about(text, "Fn::Base64") == [("todo", "Outputs.O", 4)]


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
