"""The bridge alone, between fast stubs over real HTTP: processor time, calls and memory for a request in flight.

``make bench-bridge``. For each number in flight: that many executions are started and kept running, then as many
requests more as ``--requests`` says come in while the oldest executions end, one for one. Figures of the second part.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.alone import Alone, Sample, alone
from bench.report import Bars, Report, Table

RATE_TARGET = 250
MEMORY_TARGET = 12.0
WARM_UP = 300


@dataclass(frozen=True)
class Level:
    """What was measured at one number in flight.

    :ivar memory: bytes for each request in flight.
    :ivar bare: processor seconds of a bare HTTP call, before and after.
    """

    in_flight: int
    used: Sample
    memory: float
    bare: float

    @property
    def overhead(self) -> float:
        """What a request costs, in bare HTTP calls as many as it makes."""
        return self.used.cpu / sum(self.used.calls.values()) / self.bare

    @property
    def rate(self) -> float:
        """Requests per second of one core's time."""
        return self.used.answered / self.used.cpu

    @property
    def calls(self) -> float:
        return sum(self.used.calls.values()) / self.used.answered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--requests", type=int, default=4000, help="how many are measured at each")
    parser.add_argument("--out", type=Path, help="folder for the table and the plots")
    options = parser.parse_args()
    levels = []
    for in_flight in options.in_flight:
        with alone() as bridge:
            levels.append(measure(bridge, in_flight, options.requests))
        print(f"{in_flight:,} in flight: {levels[-1]}", flush=True)
    report(levels).publish(options.out)
    missed = any(level.rate < RATE_TARGET or level.memory / 1024 >= MEMORY_TARGET for level in levels)
    print("A target is missed." if missed else "All targets are met.")
    return int(missed)


def measure(bridge: Alone, in_flight: int, count: int) -> Level:
    bridge.tell("hold", running=0)
    bridge.post(WARM_UP)
    bridge.wait(lambda state: state["answered"] == WARM_UP, "the bridge is warm")
    empty = bridge.memory()
    bridge.tell("hold", running=in_flight)
    bridge.post(in_flight)
    bridge.wait(lambda state: state["running"] == in_flight, f"{in_flight} run")
    memory = (bridge.memory() - empty) / in_flight
    bare = bridge.bare_call()
    before = bridge.sample()
    bridge.post(count)
    bridge.wait(lambda state: state["answered"] == WARM_UP + count, f"{count} are answered")
    used = bridge.sample().since(before)
    state = bridge.tell("state")
    assert not state["answered_twice"], "a response was sent twice"
    assert state["started"] == state["posted"], "not every request was started once"
    return Level(in_flight, used, memory, (bare + bridge.bare_call()) / 2)


def report(levels: list[Level]) -> Report:
    figures = Table(
        ["in flight", "requests/s per core", "processor ms", "HTTP calls", "of bare calls", "memory, KiB"],
        [
            [
                f"{level.in_flight:,}",
                f"{level.rate:.0f}",
                f"{1000 / level.rate:.2f}",
                f"{level.calls:.2f}",
                f"{level.overhead:.2f}",
                f"{level.memory / 1024:.1f}",
            ]
            for level in levels
        ],
        f"Processor time and HTTP calls are of one request, memory of one request in flight. Targets: at least "
        f"{RATE_TARGET} requests/s per core, under {MEMORY_TARGET:.0f} KiB. 'Of bare calls' is the bridge's processor "
        f"time against that of as many bare calls by the requests library, measured before and after in the same run "
        f"({', '.join(f'{level.bare * 1000:.2f}' for level in levels)} ms a call).",
    )
    kinds = sorted({kind for level in levels for kind in level.used.calls})
    calls = Table(
        ["HTTP calls of one request", *(f"{level.in_flight:,} in flight" for level in levels)],
        [[kind, *(f"{level.used.calls.get(kind, 0) / level.used.answered:.2f}" for level in levels)] for kind in kinds],
    )
    names = [f"{level.in_flight:,} in flight" for level in levels]
    rate = Bars(
        "requests per second of a core's time", names, {"bridge": [level.rate for level in levels]}, target=RATE_TARGET
    )
    memory = Bars(
        "KiB of memory for a request in flight",
        names,
        {"bridge": [level.memory / 1024 for level in levels]},
        target=MEMORY_TARGET,
    )
    return Report("bridge", [figures, calls], {"rate": rate, "memory": memory})


if __name__ == "__main__":
    sys.exit(main())
