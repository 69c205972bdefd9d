from datetime import datetime

import pytest

from customresource_bridge.clients.moments import moment
from customresource_bridge.compat import UTC


@pytest.mark.parametrize(
    "text", ["2030-01-01T12:00:00Z", "2030-01-01 12:00:00", "2030-01-01T13:00:00+01:00", "2030-01-01T12:00:00.000000"]
)
def test_each_service_s_way_to_write_a_moment_is_read(text: str) -> None:
    assert moment(text) == datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "now", 12, {}, "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_none(text: object) -> None:
    assert moment(text) is None
