"""One, two and four bridges beside each other, between fast stubs: what a request takes of the processor with each.

``make bench-bridges``. Mistral and Zaqar are stubs, so that the bridges are what is measured. All bridges share a core,
and their processor time is counted: what a request takes with four of them, against with one, is what a further core
is worth. A busy machine hurts many processes more than one: the figures hold on a quiet one.
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
RUNNING = 1000


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
    parser.add_argument("--requests", type=int, default=4000, help="how many are measured with each number")
    parser.add_argument("--rounds", type=int, default=2, help="in turn; the least of each counts")
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    found: dict[int, Level] = {}
    for _ in range(options.rounds):
        for bridges in options.bridges:
            level = measure(bridges, options.requests)
            print(level, flush=True)
            found[bridges] = min(level, found.get(bridges, level), key=lambda one: one.cpu)
    levels = list(found.values())
    report(levels).publish(options.out)
    least = min(levels[0].cpu / level.cpu for level in levels)
    print(f"A further core is worth {least:.2f} of the first at least; the target is {GROWTH}.")
    return int(least < GROWTH)


def measure(bridges: int, count: int) -> Level:
    """Have so many requests handled by so many bridges, while a thousand executions run all the time."""
    with alone(bridges=bridges) as them:
        them.tell("hold", running=0)
        them.post(WARM_UP)
        them.wait(lambda state: state["answered"] == WARM_UP, "the bridges are warm")
        them.tell("hold", running=RUNNING)
        them.post(RUNNING)
        them.wait(lambda state: state["running"] == RUNNING, f"{RUNNING} run")
        before = them.sample()
        them.post(count)
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
            "requests/s per core",
            "a core's worth",
        ],
        [
            [
                str(level.bridges),
                f"{level.cpu:.2f}",
                f"{level.calls:.2f}",
                f"{1000 / level.cpu:.0f}",
                f"{levels[0].cpu / level.cpu:.2f}",
            ]
            for level in levels
        ],
        f"All bridges together, with {RUNNING:,} executions running. Target: a core's worth at least {GROWTH}. No "
        "execution was started twice, and none was answered twice.",
    )
    kinds = sorted({kind for level in levels for kind in level.used.calls})
    calls = Table(
        ["HTTP calls of one request", *(f"bridges: {level.bridges}" for level in levels)],
        [[kind, *(f"{level.used.calls.get(kind, 0) / level.used.answered:.2f}" for level in levels)] for kind in kinds],
    )
    chart = Bars(
        "requests per second of a core's time",
        [f"bridges: {level.bridges}" for level in levels],
        {"bridges": [1000 / level.cpu for level in levels]},
        target=GROWTH * 1000 / levels[0].cpu,
    )
    return Report("bridges", [table, calls], {"rate": chart})


if __name__ == "__main__":
    sys.exit(main())
