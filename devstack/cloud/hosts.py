"""The machines of a cloud: one, or several that are played by loopback addresses of their own. Pure."""

from dataclasses import dataclass

from devstack.cloud.profile import HOST

_FIRST = 11
WITH_APIS = 2
"""On so many of several hosts are APIs, engines and gateways; bridges, and what decides by a majority, are on all."""


@dataclass(frozen=True)
class Host:
    """One machine: where its services listen, and what their names end with.

    :ivar number: from 1 on; 0 is the only one.
    """

    address: str = HOST
    number: int = 0

    @property
    def is_alone(self) -> bool:
        """Whether there is no other."""
        return not self.number

    def name(self, kind: str) -> str:
        """Return the name of its service of a kind."""
        return kind if self.is_alone else f"{kind}-{self.number}"


def of(number: int) -> tuple[Host, ...]:
    """Return so many hosts."""
    if number == 1:
        return (Host(),)
    return tuple(Host(f"127.0.0.{_FIRST + place}", place + 1) for place in range(number))
