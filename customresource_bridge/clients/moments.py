"""Reads the moments that OpenStack's services write: some with an offset, some without one and in UTC."""

from datetime import datetime
from typing import Any

from customresource_bridge.compat import UTC, parse_moment


def moment(text: Any) -> datetime | None:
    """Return the moment that a service wrote down, in UTC; None where it cannot be read."""
    try:
        found = parse_moment(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
