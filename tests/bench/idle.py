"""What an idle bridge costs beside many stacks that want nothing: HTTP calls and processor time per minute.

``make bench-idle``, for a project's own bridge and for the operator's. The services are stubs; each number of stacks
has a bridge of its own. Measured are its first sweep of all queues, and a while of listening to the bell; the rest is
arithmetic, since a sweep is rare.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.alone import Sample, alone
from bench.report import Bars, Report, Table

from customresource_bridge.bridge.intake.bells import sweep_pause
from customresource_bridge.bridge.operator.project_sweep import pause_after
from customresource_bridge.bridge.settings import Settings

FLAT = 2.0
MOST = 120.0
"""HTTP calls a minute of the operator's bridge: two a second."""
ROUND = 3600.0
"""Seconds: the operator's sweep_interval by default."""


@dataclass(frozen=True)
class Idle:
    """What was measured with a number of stacks.

    :ivar pause: seconds from one sweep to the next.
    :ivar sweep: one look through all queues.
    :ivar listening: a while without one.
    """

    stacks: int
    pause: float
    sweep: Sample
    listening: Sample

    @property
    def calls(self) -> float:
        """HTTP calls per minute."""
        listening = 60 * sum(self.listening.calls.values()) / self.listening.wall
        return listening + 60 * sum(self.sweep.calls.values()) / self.pause

    @property
    def cpu(self) -> float:
        """Seconds of processor time per minute."""
        return 60 * self.listening.cpu / self.listening.wall + 60 * self.sweep.cpu / self.pause


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, nargs="+", default=[10, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each is watched")
    parser.add_argument("--out", type=Path, help="folder for the table and the plots")
    options = parser.parse_args()
    own = [measure(stacks, options.seconds) for stacks in options.stacks]
    operators = [measure(stacks, options.seconds, operator=True) for stacks in options.stacks]
    report(own, operators).publish(options.out)
    ratio = max(idle.calls for idle in own) / min(idle.calls for idle in own)
    most = max(idle.calls for idle in operators)
    print(f"A project's: {ratio:.2f} times as many HTTP calls at most as at least; the target is {FLAT:.1f}.")
    print(f"The operator's: {most:.0f} HTTP calls a minute at most; the target is {MOST:.0f}.")
    return int(ratio > FLAT or most > MOST)


def measure(stacks: int, seconds: float, *, operator: bool = False) -> Idle:
    """Measure a bridge beside so many stacks; the operator's has them all in one project."""
    with alone(stacks=stacks, operator=operator) as bridge:
        began = bridge.began
        bridge.wait(lambda state: state["calls"].get("Zaqar: claim a request", 0) >= stacks, "all queues are looked at")
        time.sleep(1)
        swept = bridge.sample()
        time.sleep(seconds)
        if operator:
            pause = pause_after(stacks, projects=1, interval=ROUND, least=1.0)
        else:
            pause = sweep_pause(stacks, at_least=Settings().sweep_interval)
        return Idle(stacks, pause, swept.since(began), bridge.sample().since(swept))


def report(own: list[Idle], operators: list[Idle]) -> Report:
    note = f"One project's bridge with its default settings. Target: the most calls at most {FLAT:g} times the fewest."
    its_note = (
        f"The operator's bridge, one process, with its default settings. Target: at most {MOST:g} calls a minute."
    )
    kinds = {"a project's": own, "the operator's": operators}
    labels = [f"{idle.stacks:,} stacks" for idle in own]
    calls = {name: [idle.calls for idle in found] for name, found in kinds.items()}
    cpu = {name: [idle.cpu for idle in found] for name, found in kinds.items()}
    bars = {
        "calls": Bars("HTTP calls per minute, idle", labels, calls),
        "cpu": Bars("seconds of processor time per minute, idle", labels, cpu),
    }
    return Report("idle", [_table(own, note), _table(operators, its_note)], bars)


def _table(found: list[Idle], note: str) -> Table:
    return Table(
        ["idle stacks", "HTTP calls/minute", "processor seconds/minute", "calls of a sweep", "a sweep each"],
        [
            [
                f"{idle.stacks:,}",
                f"{idle.calls:.0f}",
                f"{idle.cpu:.2f}",
                f"{sum(idle.sweep.calls.values()):,}",
                f"{idle.pause:,.0f} s",
            ]
            for idle in found
        ],
        note,
    )


if __name__ == "__main__":
    sys.exit(main())
