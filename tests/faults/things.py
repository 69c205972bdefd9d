"""Counts what the handlers made and deleted, by their effects: each record by the tasks that add and remove it. Pure.

A task that did not end well may have had its effect all the same: its executor was killed, or its answer was lost.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Effect:
    """One task that adds or removes a record.

    :ivar name: the record's PhysicalResourceId.
    :ivar sure: whether Mistral knows that it did.
    """

    name: str
    adds: bool
    sure: bool


@dataclass
class Things:
    """What was made, and what became of it."""

    made: int = 0
    deleted: int = 0
    left: int = 0
    twice: int = 0
    wrong: list[str] = field(default_factory=list)

    def table(self) -> list[str]:
        """Return them as Markdown."""
        return [
            "| things made | deleted | left | deleted twice |",
            "|---|---|---|---|",
            f"| {self.made} | {self.deleted} | {self.left} | {self.twice} |",
        ]


def count(effects: Iterable[Effect], *, there: Collection[str], deletes: Counter[str]) -> Things:
    """Return what the effects come to once every stack is gone.

    :param there: the records that exist.
    :param deletes: how many Deletes of each record succeeded, whatever they found.
    """
    told = Counter((one.name, one.adds, one.sure) for one in effects)
    names = {name for name, _, _ in told} | set(there) | set(deletes)
    things = Things()
    for name in sorted(names):
        added, removed = told[name, True, True], told[name, False, True]
        at_most_added, at_most_removed = added + told[name, True, False], removed + told[name, False, False]
        # What exists, or was removed, was made, even where Mistral does not know.
        things.made += max(added, removed + (name in there))
        things.deleted += max(removed, added - (name in there))
        things.left += name in there
        if name in there:
            things.wrong.append(f"{name} is left though its stack is gone")
        if removed + (name in there) > at_most_added:
            things.wrong.append(f"{name} was made {at_most_added} times at most, and removed {removed} times")
        if added - (name in there) > at_most_removed:
            things.wrong.append(f"{name} was made {added} times, and nothing removed it")
        again = max(0, deletes[name] - max(at_most_added, 1))
        things.twice += again
        if again:
            things.wrong.append(f"{name} was deleted {again} times more than it was made")
    return things
