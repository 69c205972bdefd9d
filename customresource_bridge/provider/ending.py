"""How a handler ended, and what was seen of one that was only loaded, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Returned:
    """It came to its end and returned a JSON value.

    :ivar lost: why items are missing from it that are not JSON; empty where none are.
    :ivar again: the event to call it with again since its work goes on; None where it is over.
    """

    value: Any = field(repr=False)
    lost: str = ""
    again: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Broke:
    """It did not come to its end.

    :ivar reason: what happened, for the owner of the stack.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """It can be called.

    :ivar beside: the names of functions in its module that ask whether its work is complete, as the CDK has them.
    :ivar crhelper: whether crhelper serves it.
    :ivar polls_every: seconds between two calls that crhelper wants until its work is complete; None for none.
    """

    beside: tuple[str, ...] = ()
    crhelper: bool = False
    polls_every: float | None = None


Ending = Returned | Broke
