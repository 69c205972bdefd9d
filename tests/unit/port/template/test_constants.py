import json
from typing import Any

import pytest

from customresource_bridge.port.template.constants import constant_text, pieces, sub_parts


def test_a_subs_text_falls_into_literals_and_variables() -> None:
    assert pieces("a${B}${ C.D }${!E}f") == ["a", ("B",), "", ("C.D",), "", "${E}", "f"]


@pytest.mark.parametrize(
    ("argument", "parts"),
    [
        ("a", (["a"], {})),
        (["${A}", {"A": 1}], (["", ("A",), ""], {"A": 1})),
        (["a"], None),
        (["a", "b"], None),
        ({}, None),
    ],
    ids=json.dumps,
)
def test_a_subs_argument_is_a_text_alone_or_with_its_variables(argument: Any, parts: Any) -> None:
    assert sub_parts(argument) == parts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ("a", "a"),
        (None, None),
        (["a"], None),
        ({"a": "b"}, None),
        ({"Fn::Join": ["-", ["a", 1]]}, "a-1"),
        ({"Fn::Join": ["-", ["a", {"Ref": "P"}]]}, None),
        ({"Fn::Join": ["-", {"Ref": "L"}]}, None),
        ({"Fn::Sub": "a${!b}"}, "a${b}"),
        ({"Fn::Sub": ["${A}", {"A": {"Fn::Sub": "x"}}]}, "x"),
        ({"Fn::Sub": "${A}"}, None),
        ({"Fn::Sub": []}, None),
        ({"Ref": "P"}, None),
    ],
    ids=json.dumps,
)
def test_what_no_stack_changes_is_known_now(value: Any, text: str | None) -> None:
    assert constant_text(value) == text
