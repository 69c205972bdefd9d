"""What Python 3.11 has and 3.10 lacks, in one place, to be dropped with 3.10."""

import sys
from datetime import datetime, timezone

__all__ = ["UTC", "StrEnum", "Traversable", "parse_moment"]

UTC = timezone.utc

if sys.version_info >= (3, 11):
    from enum import StrEnum
    from importlib.resources.abc import Traversable
else:  # pragma: no cover - measured on the newest only
    from enum import Enum
    from importlib.abc import Traversable

    class StrEnum(str, Enum):
        """Texts that are a kind of their own; as text, each is its value."""

        __str__ = str.__str__


def parse_moment(text: str) -> datetime:
    """Read an ISO 8601 text, also one that ends in Z; without an offset it stays without.

    :raises ValueError: it is no moment.
    """
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in {"Z", "z"} else text)
