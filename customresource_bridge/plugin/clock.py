"""The plugin's one clock: what needs the time takes a ``Clock``, and a test hands in its own."""

from collections.abc import Callable
from datetime import datetime

from customresource_bridge.compat import UTC

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)
