from collections.abc import Mapping
from typing import Any

import golden
import pytest
from hypothesis import given

from customresource_bridge.protocol.values import stringified


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (14, "14"), (1.5, "1.5"), ("as it is", "as it is"), ("", ""), (-0, "0")],
)
def test_scalars_as_cloudformation_writes_them(value: Any, text: str) -> None:
    assert stringified({"a": [value]}) == {"a": [text]}


def test_maps_and_lists_keep_their_shape_and_nulls_vanish() -> None:
    value = {"a": {"b": [1, [2, None]], "c": None}, "d": [], "e": {}, "f": (1,)}
    assert stringified(value) == {"a": {"b": ["1", ["2"]]}, "d": [], "e": {}, "f": ["1"]}


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for child in value.values() for leaf in _leaves(child)]
    return [leaf for child in value for leaf in _leaves(child)] if isinstance(value, list) else [value]


@given(golden.objects)
def test_nothing_but_texts_is_left_and_once_is_enough(value: dict[str, Any]) -> None:
    once = stringified(value)
    assert all(isinstance(leaf, str) for leaf in _leaves(once))
    assert stringified(once) == once
