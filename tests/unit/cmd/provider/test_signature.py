"""A signature's end is known before a request is waited for in vain."""

from datetime import datetime, timedelta

import pytest

from customresource_bridge.cmd.provider.signature import left
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("expires", ["2026-11-23T13:00:00", "2026-11-23T13:00:00Z", "2026-11-23T14:00:00+01:00"])
def test_it_is_read_as_utc_unless_it_says_otherwise(expires: str) -> None:
    assert left(expires, now=NOW) == timedelta(hours=1)


def test_one_that_has_expired_says_whom_to_ask() -> None:
    with pytest.raises(ConfigurationError, match=r"has expired .* ask the queue's owner"):
        left("2026-11-23T12:00:00", now=NOW)


def test_what_cannot_be_read_is_left_to_zaqar() -> None:
    assert left("tomorrow", now=NOW) is None
