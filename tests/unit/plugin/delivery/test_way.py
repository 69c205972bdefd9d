"""Both ways of a request are used alike. ``make unit-plugin``."""

import inspect

import pytest

from customresource_bridge.plugin.delivery.way import WAYS, Way
from customresource_bridge.plugin.lifecycle.spec import Delivery

METHODS = [name for name in vars(Way) if not name.startswith("_")]


def test_there_is_a_way_for_each_delivery() -> None:
    assert set(WAYS) == set(Delivery)


@pytest.mark.parametrize("delivery", Delivery)
@pytest.mark.parametrize("name", METHODS)
def test_each_takes_what_the_other_takes(delivery: Delivery, name: str) -> None:
    wanted = list(inspect.signature(getattr(Way, name)).parameters.values())[1:]
    taken = inspect.signature(getattr(WAYS[delivery], name))
    named = {one.name: one for one in wanted if one.kind is one.KEYWORD_ONLY}
    taken.bind(*[one for one in wanted if one.kind is not one.KEYWORD_ONLY], **named)
