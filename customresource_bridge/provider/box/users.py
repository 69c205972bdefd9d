"""Says as which user a handler runs, and how many processes that user has already. It starts none."""

import os
import pwd
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from customresource_bridge.errors import ConfigurationError

_KEPT = 60.0
"""Seconds for which a count is good: it takes a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of this host."""

    name: str
    home: str
    uid: int
    gid: int
    groups: tuple[int, ...]


def user_named(name: str, *, option: str) -> User:
    """Return a user by name, for this process to become.

    :raises ConfigurationError: there is none, it is root, or this process may become nobody else.
    """
    if os.geteuid() != 0:
        raise ConfigurationError(f"{option} {name}: only root may run the handler as another user")
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise ConfigurationError(f"{option} {name}: this host has no such user") from None
    if found.pw_uid == 0:
        raise ConfigurationError(f"{option} {name}: name a user who may less than root")
    groups = tuple(os.getgrouplist(name, found.pw_gid))
    return User(name=name, home=found.pw_dir, uid=found.pw_uid, gid=found.pw_gid, groups=groups)


def threads_of(uid: int, proc: Path = Path("/proc")) -> int:
    """Return how many processes and threads a user has, as far as this process may see them."""
    return sum(_threads(proc, uid))


def _threads(proc: Path, uid: int) -> Iterator[int]:
    for folder in proc.iterdir():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, KeyError):
                lines = (folder / "status").read_text(errors="replace").splitlines()
                values = dict(line.split(":", 1) for line in lines if ":" in line)
                if int(values["Uid"].split()[0]) == uid:
                    yield int(values["Threads"])


@dataclass(slots=True)
class ThreadCount:
    """Counts a user's processes and threads once a minute."""

    count: Callable[[int], int] = threads_of
    clock: Callable[[], float] = time.monotonic
    _known: dict[int, tuple[float, int]] = field(default_factory=dict)

    def of(self, uid: int) -> int:
        """Return how many the user has, or had within the last minute."""
        at, found = self._known.get(uid, (float("-inf"), 0))
        if self.clock() - at > _KEPT:
            found = self.count(uid)
            self._known[uid] = (self.clock(), found)
        return found
