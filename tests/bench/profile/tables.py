"""What was measured of stacks' lives, as tables: by service, by call, by database. Pure."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.profile.calls import Call, Calls, Cost, together
from bench.profile.spent import Spent
from bench.report import Table

Lives = Mapping[str, Sequence["Life"]]
"""By the kind of stack."""
ROUGHLY = 0.05
"""A call that comes less often per life, of whatever kind, is left out."""


@dataclass(frozen=True)
class Life:
    """What one stack's life took: its creation and deletion, and what that leaves to be done in the background.

    :ivar seconds: of the clock.
    :ivar spent: processor seconds by service.
    """

    seconds: float
    spent: Spent
    calls: Calls = field(default_factory=dict)


def sums(lives: Lives) -> Mapping[str, float]:
    """Return the milliseconds of all services for one life of each kind."""
    return {kind: 1000 * statistics.fmean(sum(life.spent.values()) for life in found) for kind, found in lives.items()}


def by_service(lives: Lives, idle: Sequence[Life], *, beside: str) -> Table:
    """Return the processor milliseconds of one life of each kind, by service.

    :param idle: whiles in which nothing was asked of the cloud.
    :param beside: the kind whose sum the others' are divided by.
    """
    names = sorted({name for found in lives.values() for life in found for name in life.spent})
    rows = [[name, *(_cells(lives, _mean_of(name))), f"{1000 * _rate(idle, name):.0f}"] for name in names]
    all_, rate = sums(lives), 1000 * sum(_rate(idle, name) for name in names)
    without = {kind: all_[kind] - rate * statistics.fmean(life.seconds for life in lives[kind]) for kind in lives}
    rows.append(["all", *(f"{value:.0f}" for value in all_.values()), f"{rate:.0f}"])
    rows += _ratios(f"to {beside}", all_, beside)
    rows.append(["all, without the idle cloud's", *(f"{value:.0f}" for value in without.values()), ""])
    rows += _ratios(f"to {beside}", without, beside)
    rows.append(["lives", *(str(len(found)) for found in lives.values()), ""])
    return Table(
        ["processor ms", *lives, "idle cloud, a second"], rows, "Create and delete of a stack of one resource."
    )


def _mean_of(name: str) -> Callable[[Sequence[Life]], float]:
    return lambda found: 1000 * statistics.fmean(life.spent.get(name, 0.0) for life in found)


def _cells(lives: Lives, value: Callable[[Sequence[Life]], float]) -> list[str]:
    return [f"{value(found):.0f}" for found in lives.values()]


def _rate(idle: Sequence[Life], name: str) -> float:
    seconds = sum(life.seconds for life in idle)
    return sum(life.spent.get(name, 0.0) for life in idle) / seconds if seconds else 0.0


def _ratios(title: str, values: Mapping[str, float], beside: str) -> list[list[str]]:
    if not values.get(beside):
        return []
    return [[title, *(f"{value / values[beside]:.2f}" for value in values.values()), ""]]


def by_call(lives: Lives) -> Table:
    """Return the calls of one life of each kind, the dearest first."""
    found = {kind: _by_call(of_kind) for kind, of_kind in lives.items()}
    calls = {call for costs in found.values() for call, (count, _ms) in costs.items() if count >= ROUGHLY}
    dearest = sorted(calls, key=lambda call: (-max(costs.get(call, _NONE)[1] for costs in found.values()), call))
    rows = [
        [f"{call.service}: {call.name}", *(_cell(found[kind].get(call, _NONE)) for kind in found)] for call in dearest
    ]
    note = (
        "Calls per life, and the processor milliseconds of them: a service's milliseconds are shared out by how long "
        "each of its calls took, which is near where they compute and too much where they wait for another service."
    )
    return Table(["calls: ms", *lives], rows, note)


_NONE = (0.0, 0.0)


def _cell(cost: tuple[float, float]) -> str:
    count, ms = cost
    return f"{count:.1f}: {ms:.0f}" if count >= ROUGHLY else ""


def _by_call(lives: Sequence[Life]) -> Mapping[Call, tuple[float, float]]:
    """Return count and processor milliseconds of each call in one life."""
    calls = together(life.calls for life in lives)
    lasted: dict[str, int] = {}
    for call, cost in calls.items():
        lasted[call.service] = lasted.get(call.service, 0) + cost.ms
    return {call: (cost.count / len(lives), _share(call, cost, lasted, lives)) for call, cost in calls.items()}


def _share(call: Call, cost: Cost, lasted: Mapping[str, int], lives: Sequence[Life]) -> float:
    return _mean_of(call.service)(lives) * cost.ms / (lasted[call.service] or 1)


def by_database(statements: Mapping[str, Mapping[str, int]]) -> Table:
    """Return the SQL statements of one life of each kind."""
    names = sorted({name for counts in statements.values() for name in counts})
    rows = [[name, *(str(counts.get(name, 0)) for counts in statements.values())] for name in names]
    rows.append(["all", *(str(sum(counts.values())) for counts in statements.values())])
    return Table(["SQL statements", *statements], rows, "Of one life each, with what the idle cloud asks meanwhile.")
