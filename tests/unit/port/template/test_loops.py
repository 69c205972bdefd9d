from typing import Any

import porting
import pytest

from customresource_bridge.port.errors import TemplateError

THING = "{Type: Custom::T, Properties: {ServiceToken: mistral:w, V: !Ref X, W: 'at ${X}', Z: !Sub '${X}-${P}'}}"
TOP = "Parameters: {P: {Type: String, Default: p}, L: {Type: CommaDelimitedList, Default: 'a,b'}}\n"


def resources(loop: str) -> dict[str, Any]:
    found: dict[str, Any] = porting.hot(porting.ported(f"{TOP}Resources:\n{loop}"))["resources"]
    return found


def test_a_loop_is_written_out_where_it_stands() -> None:
    made = resources(
        "  A: {Type: Custom::T, Properties: {ServiceToken: mistral:w}}\n"
        f"  Fn::ForEach::Things: [X, [one, 2], {{'T${{X}}': {THING}}}]\n"
        "  Z: {Type: Custom::T, DependsOn: Tone, Properties: {ServiceToken: mistral:w}}\n"
    )
    assert list(made) == ["A", "Tone", "T2", "Z"]
    assert made["T2"]["properties"]["V"] == "2"
    assert made["Tone"]["properties"]["W"] == "at one"
    assert made["Tone"]["properties"]["Z"]["str_replace"]["template"] == "one-${P}"


def test_a_name_takes_letters_and_digits_of_what_is_looped_over() -> None:
    assert list(resources(f"  Fn::ForEach::Things: [X, [a-b], {{'T&{{X}}': {THING}}}]\n")) == ["Tab"]


def test_loops_in_loops_and_in_properties_are_written_out() -> None:
    inner = "Fn::ForEach::In: [Y, ['${X}1', b], {'K${Y}': !Ref X}]"
    body = f"{{Type: Custom::T, Properties: {{ServiceToken: w, {inner}}}}}"
    made = resources(f"  Fn::ForEach::Out: [X, [a, c], {{'T${{X}}': {body}}}]\n")
    assert [{key for key in thing["properties"] if key[0] == "K"} for thing in made.values()] == [
        {"Ka1", "Kb"},
        {"Kc1", "Kb"},
    ]


def test_outputs_are_looped_over_too() -> None:
    outputs = "  Fn::ForEach::O: [X, [a, b], {'O${X}': {Value: !GetAtt T.Some}}]\n"
    assert list(porting.hot(porting.ported(porting.template(outputs=outputs)))["outputs"]) == ["Oa", "Ob"]


@pytest.mark.parametrize("items", ["!Ref L", "[!Ref P]", "a"])
def test_a_list_that_only_a_stack_knows_is_reported(items: str) -> None:
    text = porting.template(top=TOP, resources=f"  Fn::ForEach::Things: [X, {items}, {{'T${{X}}': {THING}}}]\n")
    assert porting.about(text, "Fn::ForEach") == [("lost", "Fn::ForEach::Things", 4)]
    assert set(porting.hot(porting.ported(text))["resources"]) == {"T"}


HUNDREDS = f"[{','.join(f'a{number}' for number in range(400))}]"
LONG = f"['{'x' * 100_000}']"


@pytest.mark.parametrize(
    "body",
    [
        f"{{Fn::ForEach::B: [Y, {HUNDREDS}, {{'T${{X}}${{Y}}': {THING}}}]}}",
        f"{{Fn::ForEach::B: [Y, {HUNDREDS}, {{}}]}}",
        f"{{Fn::ForEach::B: [Y, {LONG}, {{'T${{X}}': {{Type: '${{Y}}'}}}}]}}",
        f"{{Fn::ForEach::B: [Y, {LONG}, {{'${{Y}}': {THING}}}]}}",
    ],
    ids=["entries", "passes that make nothing", "text", "names"],
)
def test_too_much_ends_in_one_error(body: str) -> None:
    with pytest.raises(TemplateError, match="Fn::ForEach makes too much"):
        resources(f"  Fn::ForEach::A: [X, {HUNDREDS}, {body}]\n")
