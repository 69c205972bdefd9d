"""So many requests are claimed and started at a time, in the order in which they came.

Where hundreds of bridges claimed and started all that waits at once, no service would be free for what runs, and what
renews claims would come too late. Few of them may claim: nothing is claimed faster than it is started, and where Zaqar
hangs, starts go on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from customresource_bridge.clients.turns import Turns


class Beginnings:
    """The turns that one bridge has, or all of a process together; safe to use from any thread.

    :param most: claims and starts at a time.
    :param claims: how many of them may be claims.
    """

    def __init__(self, most: int, *, claims: int) -> None:
        self._all = Turns(most)
        self._claims = Turns(claims)

    @contextmanager
    def claim(self) -> Iterator[bool]:
        """Have a turn for a claim, however long it is in coming; yields whether it came: see :meth:`close`."""
        with self._claims.turn() as may, self._all.turn() as came:
            yield may and came

    @contextmanager
    def start(self) -> Iterator[bool]:
        """Have a turn for a start, as for a claim."""
        with self._all.turn() as came:
            yield came

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return self._all.waiting + self._claims.waiting

    def close(self) -> None:
        """Give no more: whoever waits, waits no longer."""
        self._claims.close()
        self._all.close()
