"""How an answer that is none is told. ``make unit-plugin``."""

import traceback
from typing import Any, Self

import pytest
from heat.common import exception

from customresource_bridge.plugin.resources.base import CustomResource
from customresource_bridge.protocol import ResponseError

SAYS = "token-of-mine"


class Answered(CustomResource):
    """A resource that no answer is for."""

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self) -> None:
        pass

    @property
    def ref(self) -> Any:
        raise ResponseError("Status", "is none", "send one") from ValueError(SAYS)


def test_of_an_answer_that_is_none_heat_is_given_nothing_that_it_came_from() -> None:
    with pytest.raises(exception.StackValidationFailed, match="Status") as raised:
        Answered().handle_signal({})
    assert SAYS not in "".join(traceback.format_exception(raised.value))
