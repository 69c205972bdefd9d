"""Plays as many random sequences as it is told, on as many cores, and says what was broken: ``make model``.

Sequence n of a run has the seed that the run was given plus n: ``--seed S --runs 1`` plays one again.
"""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.bridge.operator.threads import choose_threads

choose_threads()  # else Heat's modules load eventlet

from pair_model.sequence import kind_of, random_sequence, shortest, stood_in  # noqa: E402

_BATCH = 250
_SHOWN = 20
"""Failing sequences that are made short and shown."""


@dataclass
class Tally:
    """What became of some sequences.

    :ivar faults: how often each fault met one.
    :ivar broken: the seeds and scripts of those that broke the promise, by what they broke.
    """

    runs: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, int, list[str]]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        self.runs += other.runs
        self.requests += other.requests
        self.faults += other.faults
        self.broken += other.broken
        self.seconds += other.seconds


def play(seeds: range) -> Tally:
    """Play the sequences of some seeds."""
    tally, began = Tally(), time.process_time()
    with stood_in():
        for seed in seeds:
            sequence, error = random_sequence(seed)
            tally.runs += 1
            tally.requests += sequence.world.requests.count
            tally.faults.update(sequence.world.happened)
            if error is not None:
                tally.broken.append((kind_of(error), seed, sequence.script))
    tally.seconds = time.process_time() - began
    return tally


def _show(tally: Tally) -> None:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(tally.faults.items()))
    each = tally.seconds / max(tally.runs, 1) * 1000
    print(f"{tally.runs} sequences, {tally.requests} requests, {each:.0f} ms of processor time each")
    print(f"{tally.faults.total()} faults: {faults}")
    for kind, count in Counter(kind for kind, _, _ in tally.broken).most_common():
        seeds = [str(seed) for broken, seed, _ in tally.broken if broken == kind]
        print(f"BROKEN {count} times: {kind}; seeds {' '.join(seeds[:_SHOWN])}")
    with stood_in():
        for kind, seed, script in tally.broken[:_SHOWN]:
            print(f"\nseed {seed}, {kind}:", *shortest(script), sep="\n    ")


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--cores", type=int, default=2)
    return parser.parse_args()


def main() -> int:
    """Play them all."""
    options = _options()
    end = options.seed + options.runs
    batches = [range(start, min(start + _BATCH, end)) for start in range(options.seed, end, _BATCH)]
    tally = Tally()
    with ProcessPoolExecutor(options.cores) as pool:
        for done in pool.map(play, batches):
            tally.add(done)
            print(f"\r{tally.runs} played, {len(tally.broken)} broken", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    _show(tally)
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
