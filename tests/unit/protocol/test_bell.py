from typing import Any

import pytest

from customresource_bridge.protocol import Bell, RequestError, ids

QUEUE = ids.stack_queue("0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4")


def test_a_bell_is_read_as_it_was_sent() -> None:
    assert Bell.parse(Bell(QUEUE).to_dict()) == Bell(QUEUE)


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"queue": None}, {"queue": 7}, {"queue": "orders"}, {"queue": ids.BELL_QUEUE}]
)
def test_a_bell_names_a_stack_s_queue_and_nothing_else(body: Any) -> None:
    with pytest.raises(RequestError, match=r"bell|queue"):
        Bell.parse(body)
