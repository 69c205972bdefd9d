"""Keeps the gateway from calling anything but Heat, should a key ever leak. Pure.

A sealed URL is the plugin's own, so it is trusted by itself; the operator's list of bases is a second fence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from customresource_bridge.clients.url_fence import Base, is_plain
from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.secret import Secret

_OPTION = "[gateway] heat_urls"


@dataclass(frozen=True, slots=True)
class Upstreams:
    """Bases under which Heat's signed URLs lie; empty means any."""

    bases: tuple[Base, ...] = ()

    @classmethod
    def of(cls, bases: Sequence[str]) -> "Upstreams":
        """Return the fence for ``bases``.

        :raises ConfigurationError: one of them is no plain http or https URL.
        """
        return cls(tuple(Base.parse(text, option=_OPTION) for text in bases))

    def check(self, url: Secret) -> None:
        """Refuse a URL that lies outside, or that two parsers may read differently.

        :raises TokenError: it does.
        """
        if not is_plain(url.reveal()):
            raise TokenError("The ResponseURL", "leads nowhere", "ask the cloud's operator")
        if self.bases and not any(base.covers(url.reveal()) for base in self.bases):
            raise TokenError(
                "The ResponseURL",
                "leads to a Heat that this gateway may not call",
                f"ask the cloud's operator: {_OPTION}",
            )
