"""The situations of a resource's life, each with CloudFormation's sequence of requests beside ours.

A situation is a function that plays it with a scripted provider on a real Heat; what reached the provider is compared
with the sequence written here, and docs/reference/life-cycle.md with all of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from functional.plugin.handler import Handler, succeed
from functional.plugin.stacks import Stacks

from customresource_bridge.clients.zaqar.zaqar import Zaqar


@dataclass(frozen=True)
class World:
    """What a situation is played with."""

    session: Any
    zaqar: Zaqar
    handler: Handler
    stacks: Stacks


Play = Callable[[World], None]


@dataclass(frozen=True)
class Situation:
    """One row of the table.

    :ivar cloudformation: what AWS sends, or None where AWS has no such situation.
    :ivar ours: what we send.
    :ivar why: why ours differs.
    :ivar adopts: whether a stack adopts another's resources in it.
    """

    title: str
    play: Play
    cloudformation: tuple[str, ...] | None
    ours: tuple[str, ...]
    why: str
    adopts: bool = False


def situation(
    title: str, *, ours: list[str], aws: list[str] | str | None = "same", why: str = "", adopts: bool = False
) -> Callable[[Play], Situation]:
    """Make a function a row of the table."""

    def enter(play: Play) -> Situation:
        cloudformation = tuple(ours) if aws == "same" else None if aws is None else tuple(aws)
        assert cloudformation == tuple(ours) or why, f"{title}: say why it differs"
        return Situation(title, play, cloudformation, tuple(ours), why, adopts)

    return enter


@contextmanager
def world(session: Any, zaqar: Zaqar, *, pause: float = 0.8) -> Iterator[World]:
    """A world of its own for one situation; what is left in it is deleted."""
    with Handler(zaqar, pause=pause) as handler, Stacks(session) as stacks:
        yield World(session=session, zaqar=zaqar, handler=handler, stacks=stacks)
        handler.script = succeed


def heading() -> str:
    return "| situation | CloudFormation sends | we send | why they differ |\n|---|---|---|---|"


def table_row(row: Situation) -> str:
    aws = "no such situation" if row.cloudformation is None else _cell(row.cloudformation)
    same = row.cloudformation == row.ours
    return f"| {row.title} | {aws} | {'the same' if same else _cell(row.ours)} | {row.why} |"


def _cell(sequence: tuple[str, ...]) -> str:
    return ", ".join(sequence) if sequence else "nothing"
