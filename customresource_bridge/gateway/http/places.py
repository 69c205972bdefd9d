"""Who may be connected: so many at once, so many of one address; at the bound, who has waited longest makes room. Pure.

An address is IPv4's, or the /64 that a host of IPv6 has for itself. One whose request is being answered is never
hung up on.
"""

from collections import OrderedDict
from ipaddress import ip_address
from typing import Generic, TypeVar

Guest = TypeVar("Guest")

_HOST_BITS = 64


class Places(Generic[Guest]):
    """The places there are.

    :param total: how many in all.
    :param each: how many of one address.
    """

    def __init__(self, *, total: int, each: int) -> None:
        self._total, self._each, self._count = total, each, 0
        self._homes: dict[str, _Home[Guest]] = {}

    def __len__(self) -> int:
        return self._count

    def enter(self, guest: Guest, home: str) -> Guest | None:
        """Give a place to one that is waited for; return who has to go for it: it may be itself."""
        here = self._homes.setdefault(home, _Home())
        full = here if len(here) >= self._each else self._fullest() if self._count >= self._total else None
        leaves: Guest | None = None
        if full is not None:
            leaves = next(iter(full.waiting), guest)
        here.waiting[guest] = None
        self._count += 1
        return leaves

    def leave(self, guest: Guest, home: str) -> None:
        """Take a place back; one that has none is no harm."""
        here = self._homes.get(home)
        if here is not None and here.remove(guest):
            self._count -= 1
            if not len(here):
                del self._homes[home]

    def answering(self, guest: Guest, home: str) -> None:
        """Note that a guest is being answered."""
        here = self._homes.get(home)
        if here is not None and guest in here.waiting:
            del here.waiting[guest]
            here.answered.add(guest)

    def waiting(self, guest: Guest, home: str) -> None:
        """Note that a guest is waited for, from now on."""
        here = self._homes.get(home)
        if here is not None and here.remove(guest):
            here.waiting[guest] = None

    def everybody(self) -> list[Guest]:
        """Return all there are."""
        return [guest for here in self._homes.values() for guest in (*here.waiting, *here.answered)]

    def _fullest(self) -> "_Home[Guest]":
        return max(self._homes.values(), key=lambda home: len(home.waiting))


class _Home(Generic[Guest]):
    """The guests of one address: those waited for, who came or were answered first at the front; those answered."""

    def __init__(self) -> None:
        self.waiting: OrderedDict[Guest, None] = OrderedDict()
        self.answered: set[Guest] = set()

    def __len__(self) -> int:
        return len(self.waiting) + len(self.answered)

    def remove(self, guest: Guest) -> bool:
        known = guest in self.waiting or guest in self.answered
        self.waiting.pop(guest, None)
        self.answered.discard(guest)
        return known


def home_of(address: str) -> str:
    """Return what counts as one address."""
    if ":" not in address:
        return address
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped) if mapped is not None else f"{int(found) >> _HOST_BITS:x}::/64"
