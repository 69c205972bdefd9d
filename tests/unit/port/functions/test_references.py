from typing import Any

import porting
import pytest

P = {"get_param": "P"}


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("!Ref P", P),
        ("!Ref Other", {"get_resource": "Other"}),
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
    ],
)
def test_what_refers_to_something_refers_to_the_same_in_heat(expression: str, translated: Any) -> None:
    assert porting.value(expression) == translated


@pytest.mark.parametrize("expression", ["!Ref [a]", "!GetAtt Other", "!If [C, a]", "!If [Nope, a, b]"])
def test_a_malformed_reference_is_reported_and_left_out(expression: str) -> None:
    assert porting.value(expression) is None
    (finding,) = [f for f in porting.findings(f"V: {expression}") if "malformed" in f.reason]
    assert (finding.level, finding.resource, finding.line) == ("lost", "Thing", 16)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("!ImportValue {'Fn::If': [C, !Ref P, !Ref Other]}", "!ImportValue {'Fn::If': [C, !Ref Other, !Ref P]}"),
        (f"!ImportValue {{Ref: {'x' * 81}}}", f"!ImportValue {{Ref: {'x' * 81}y}}"),
        ("!ImportValue '${P}'", "!ImportValue {Ref: P}"),
        ("!GetAtt [Bucket, !Ref P]", "!GetAtt [Bucket, !Ref 'AWS::Region']"),
    ],
)
def test_two_things_are_two_parameters_though_they_are_called_alike(one: str, other: str) -> None:
    result = porting.properties(f"A: {one}\nB: {other}\nC: {one}")
    assert result["A"] == result["C"] != result["B"]


def test_what_stands_for_the_same_thing_is_one_parameter() -> None:
    result = porting.properties("A: !Ref Bucket\nB: !Sub 'x${Bucket}'\nC: !GetAtt Bucket.Arn")
    assert result["A"] == {"get_param": "Bucket"}
    assert result["B"]["str_replace"]["params"] == {"${Bucket}": {"get_param": "Bucket"}}
    assert result["C"] == {"get_param": "BucketArn"}


@pytest.mark.parametrize(
    ("construct", "value"), [("Fn::ImportValue", "!ImportValue x"), ("not in the template", "!Ref Nobody")]
)
def test_what_is_outside_the_template_is_to_be_provided(construct: str, value: str) -> None:
    text = porting.template(outputs=f"  O: {{Value: {value}}}\n")
    assert porting.about(text, construct) == [("todo", "Outputs.O", 4)]


def test_an_import_is_called_by_what_it_imports_wherever_it_stands() -> None:
    (name,) = porting.value("!ImportValue {'Fn::Join': ['-', [!Ref P, net]]}").values()
    assert name == "ImportedPnet"
    assert porting.properties("A: 1\nV: !ImportValue {'Fn::Join': ['-', [!Ref P, net]]}")["V"] == {"get_param": name}
