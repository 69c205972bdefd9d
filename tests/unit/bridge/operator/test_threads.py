"""Which oslo.service can be told to leave eventlet alone."""

import pytest

from customresource_bridge.bridge.operator.threads import can_choose


@pytest.mark.parametrize(
    ("release", "chosen"),
    [("3.5.0", False), ("4.1.2", False), ("4.2.0", True), ("4.3.0", True), ("4.10.1", True), ("5.0", True)],
)
def test_threads_can_be_chosen_from_4_2_on(release: str, *, chosen: bool) -> None:
    assert can_choose(release) is chosen
