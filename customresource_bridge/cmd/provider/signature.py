"""Says how long a pre-signed queue may still be used. Pure."""

from datetime import datetime, timedelta

from customresource_bridge.compat import UTC, parse_moment
from customresource_bridge.errors import ConfigurationError

SOON = timedelta(hours=6)
"""A signature that ends within this time is worth a warning: another has to be asked for."""


def left(expires: str, *, now: datetime) -> timedelta | None:
    """Return how long a signature is still good, or None where its end cannot be read: Zaqar judges it then.

    :param expires: as Zaqar wrote it, in UTC.
    :raises ConfigurationError: it has expired.
    """
    try:
        end = parse_moment(expires)
    except ValueError:
        return None
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    if end <= now:
        raise ConfigurationError(
            f"The queue's signature has expired ({expires} UTC): ask the queue's owner for another signed URL"
        )
    return end - now
