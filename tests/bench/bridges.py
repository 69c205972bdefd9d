"""One, two and four bridges beside each other, between fast stubs: what a request takes of the processor with each.

``make bench-bridges``. Mistral and Zaqar are stubs, so that the bridges are what is measured. All bridges share a core,
and their processor time is counted: what a request takes with four of them, against with one, is what a further core
is worth. Each has as many requests a second and executions as one alone, as it would on a core of its own: what it does
each second whatever the requests is shared by the same number of them. A busy machine hurts many processes more than
one: the figures hold on a quiet one.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.alone import Sample, alone
from bench.report import Bars, Report, Table

GROWTH = 0.9
"""What a further core is worth at least, of the first."""
WARM_UP = 300
RUNNING = 250
"""Executions that run all the time, for each bridge."""
RATE = 30
"""Requests a second for each bridge: four of them have most of the core."""


@dataclass(frozen=True)
class Level:
    """What was measured with a number of bridges."""

    bridges: int
    used: Sample

    @property
    def cpu(self) -> float:
        """Processor milliseconds of all bridges for one request."""
        return 1000 * self.used.cpu / self.used.answered

    @property
    def calls(self) -> float:
        """HTTP calls of one request."""
        return sum(self.used.calls.values()) / self.used.answered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bridges", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=int, default=40, help="for which each number is measured")
    parser.add_argument("--rounds", type=int, default=2, help="in turn; the least of each counts")
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    found: dict[int, Level] = {}
    for _ in range(options.rounds):
        for bridges in options.bridges:
            level = measure(bridges, options.seconds)
            print(level, flush=True)
            found[bridges] = min(level, found.get(bridges, level), key=lambda one: one.cpu)
    levels = list(found.values())
    report(levels).publish(options.out)
    least = min(levels[0].cpu / level.cpu for level in levels)
    print(f"A further core is worth {least:.2f} of the first at least; the target is {GROWTH}.")
    return int(least < GROWTH)


def measure(bridges: int, seconds: int) -> Level:
    """Have so many bridges handle requests at an even rate, while as many executions run all the time."""
    with alone(bridges=bridges) as them:
        them.tell("hold", running=0)
        them.post(WARM_UP)
        them.wait(lambda state: state["answered"] == WARM_UP, "the bridges are warm")
        running = RUNNING * bridges
        them.tell("hold", running=running)
        them.post(running)
        them.wait(lambda state: state["running"] == running, f"{running} run")
        before = them.sample()
        count = them.post_evenly(RATE * bridges, seconds)
        them.wait(lambda state: state["answered"] == WARM_UP + count, f"{count} are answered", seconds=600)
        used = them.sample().since(before)
        state = them.tell("state")
        assert not state["answered_twice"], "a response was sent twice"
        assert state["started"] == state["posted"], "not every request was started once"
        return Level(bridges, used)


def report(levels: list[Level]) -> Report:
    table = Table(
        [
            "bridges",
            "processor ms of one request",
            "HTTP calls of one request",
            "executions listed for one",
            "a core's worth",
        ],
        [
            [
                str(level.bridges),
                f"{level.cpu:.2f}",
                f"{level.calls:.2f}",
                f"{level.used.listed / level.used.answered:.1f}",
                f"{levels[0].cpu / level.cpu:.2f}",
            ]
            for level in levels
        ],
        f"{RATE} requests a second and {RUNNING} running executions for each bridge. Target: a core's worth at least "
        f"{GROWTH}. No execution was started twice, and none was answered twice.",
    )
    kinds = sorted({kind for level in levels for kind in level.used.calls})
    calls = Table(
        ["HTTP calls of one request", *(f"bridges: {level.bridges}" for level in levels)],
        [[kind, *(f"{level.used.calls.get(kind, 0) / level.used.answered:.2f}" for level in levels)] for kind in kinds],
    )
    chart = Bars(
        "what a core with a bridge is worth, of the first",
        [f"bridges: {level.bridges}" for level in levels],
        {"bridges": [levels[0].cpu / level.cpu for level in levels]},
        target=GROWTH,
    )
    return Report("bridges", [table, calls], {"worth": chart})


if __name__ == "__main__":
    sys.exit(main())
