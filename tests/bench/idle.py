"""What an idle bridge costs beside many stacks that want nothing: HTTP calls and processor time per minute.

``make bench-idle``. The services are stubs, and each number of stacks has a bridge of its own. Measured are its first
sweep of all queues, and a while of listening to the bell; the rest is arithmetic, since a sweep is rare.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from bench.alone import Sample, alone  # noqa: E402 - found through the line above
from bench.report import Bars, Report, Table  # noqa: E402

from customresource_bridge.bridge.settings import Settings  # noqa: E402
from customresource_bridge.bridge.wake import sweep_pause  # noqa: E402

FLAT = 2.0


@dataclass(frozen=True)
class Idle:
    """What was measured with a number of stacks.

    :ivar sweep: one look through all queues.
    :ivar listening: a while without one.
    """

    stacks: int
    sweep: Sample
    listening: Sample

    @property
    def pause(self) -> float:
        """Seconds from one sweep to the next."""
        return sweep_pause(self.stacks, at_least=Settings().sweep_interval)

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
    found = [measure(stacks, options.seconds) for stacks in options.stacks]
    report(found).publish(options.out)
    ratio = max(idle.calls for idle in found) / min(idle.calls for idle in found)
    print(f"HTTP calls: {ratio:.2f} times as many at most as at least; the target is {FLAT:.1f}.")
    return int(ratio > FLAT)


def measure(stacks: int, seconds: float) -> Idle:
    with alone(stacks=stacks) as bridge:
        began = bridge.began
        bridge.wait(lambda state: state["calls"].get("Zaqar: claim a request", 0) >= stacks, "all queues are looked at")
        time.sleep(1)
        swept = bridge.sample()
        time.sleep(seconds)
        return Idle(stacks, swept.since(began), bridge.sample().since(swept))


def report(found: list[Idle]) -> Report:
    table = Table(
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
        f"One project's bridge with its default settings. Target: the most calls at most {FLAT:g} times the fewest.",
    )
    labels = [f"{idle.stacks:,} stacks" for idle in found]
    calls = Bars("HTTP calls per minute, idle", labels, {"bridge": [idle.calls for idle in found]})
    cpu = Bars("seconds of processor time per minute, idle", labels, {"bridge": [idle.cpu for idle in found]})
    return Report("idle", [table], {"calls": calls, "cpu": cpu})


if __name__ == "__main__":
    sys.exit(main())
