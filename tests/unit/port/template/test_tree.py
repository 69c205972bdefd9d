import json
from typing import Any

import pytest

from customresource_bridge.port.template.tree import Map, Seq, function_of, key_line, line_of, walk


def test_maps_and_lists_are_pythons_own_and_know_their_lines() -> None:
    items = Seq(line=3)
    items.put("x", line=4)
    found = Map(line=1)
    found.put("A", items, line=2)
    assert found == {"A": ["x"]}
    assert (line_of(found), key_line(found, "A"), line_of(items), items.lines) == (1, 2, 3, [4])


def test_where_no_line_is_known_the_containers_is_taken() -> None:
    found = Map(line=7)
    found["A"] = 1
    assert key_line(found, "A") == 7
    assert key_line({}, "A", 5) == 5
    assert line_of("text", 6) == 6


def test_a_walk_yields_everything_outermost_first() -> None:
    assert list(walk({"a": [1, {"b": 2}]})) == [{"a": [1, {"b": 2}]}, [1, {"b": 2}], 1, {"b": 2}, 2]


@pytest.mark.parametrize(
    ("value", "function"),
    [
        ({"Ref": "A"}, ("Ref", "A")),
        ({"Condition": "C"}, ("Condition", "C")),
        ({"Fn::Any": []}, ("Fn::Any", [])),
        ({"Ref": "A", "B": 1}, None),
        ({"Other": 1}, None),
        ("Ref", None),
    ],
    ids=json.dumps,
)
def test_a_map_with_one_key_of_that_form_is_a_function(value: Any, function: Any) -> None:
    assert function_of(value) == function
