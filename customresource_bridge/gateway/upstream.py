"""Keeps the gateway from calling anything but Heat, should a key ever leak. Pure.

A sealed URL is the plugin's own, so it is trusted by itself; the operator's list of bases is a second fence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.secret import Secret

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Base URLs under which Heat's signed URLs lie; empty means any."""

    bases: tuple[str, ...] = ()

    @classmethod
    def of(cls, bases: Sequence[str]) -> "Upstreams":
        """Return the fence for ``bases``, without trailing slashes."""
        return cls(tuple(base.rstrip("/") for base in bases))

    def check(self, url: Secret) -> None:
        """Refuse a URL that lies outside.

        :raises TokenError: it does.
        """
        parts = urlsplit(url.reveal())
        if parts.scheme not in _PORTS or not parts.hostname:
            raise TokenError("The ResponseURL", "leads nowhere", "ask the cloud's operator")
        if self.bases and not any(_under(parts, urlsplit(base)) for base in self.bases):
            raise TokenError(
                "The ResponseURL",
                "leads to a Heat that this gateway may not call",
                "ask the cloud's operator: [gateway] heat_urls",
            )


def _under(parts: SplitResult, base: SplitResult) -> bool:
    return _origin(parts) == _origin(base) and (parts.path == base.path or parts.path.startswith(f"{base.path}/"))


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)
