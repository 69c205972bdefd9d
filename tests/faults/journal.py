"""What the runs on the cloud of several hosts had, kept line by line as it happens.

A run that ends early has told what it had, and one that goes on with the next faults of the same seed adds to it. Of
all of it the page's tables are made.
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_COLUMNS = (
    *("seed", "minutes", "faults", "requests", "executions"),
    *("things made", "deleted", "left", "deleted twice", "asked again", "wrong"),
)


@dataclass(frozen=True, order=True)
class Recovery:
    """How long a recovery took, or how long it was looked at in vain."""

    seconds: float
    seen: bool

    def __str__(self) -> str:
        return f"{'' if self.seen else '> '}{self.seconds:.1f}"


@dataclass(frozen=True)
class Fault:
    """One fault that was played.

    :ivar lasted: seconds until all ran again.
    """

    fault: str
    lasted: float
    recovery: Recovery


@dataclass(frozen=True)
class Ended:
    """A run that was checked to its end.

    :ivar after: how many of its seed's faults a run before had played.
    :ivar asked_again: operations that failed by others' doing and that their owner asked for once more.
    """

    seed: int
    after: int
    minutes: float
    faults: int
    requests: int
    executions: int
    made: int
    deleted: int
    left: int
    twice: int
    asked_again: int
    wrong: int


def add(path: Path, entry: Fault | Ended) -> None:
    """Keep one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as kept:
        kept.write(f"{json.dumps(asdict(entry))}\n")


def read(path: Path) -> list[Fault | Ended]:
    """Return what was kept."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [_entry(json.loads(line)) for line in lines]


def _entry(kept: Mapping[str, Any]) -> Fault | Ended:
    if "fault" in kept:
        return Fault(kept["fault"], kept["lasted"], Recovery(**kept["recovery"]))
    return Ended(**kept)


def tables(entries: Sequence[Fault | Ended]) -> dict[str, str]:
    """Return the page's tables by name."""
    ended = [entry for entry in entries if isinstance(entry, Ended)]
    return {"hostruns": _runs(ended), "hosts": _recoveries(entry for entry in entries if isinstance(entry, Fault))}


def _runs(ended: Iterable[Ended]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", f"{'|---' * len(_COLUMNS)}|"]
    for run in ended:
        seed = f"{run.seed}, from fault {run.after + 1} on" if run.after else run.seed
        cells = (seed, f"{run.minutes:.0f}", run.faults, run.requests, run.executions, run.made, run.deleted, run.left)
        lines.append(f"| {' | '.join(str(cell) for cell in (*cells, run.twice, run.asked_again, run.wrong))} |")
    return "\n".join(lines) + "\n"


def _recoveries(faults: Iterable[Fault]) -> str:
    kinds: dict[str, list[Fault]] = defaultdict(list)
    for one in faults:
        kinds[one.fault].append(one)
    lines = ["| fault | times | lasted: median s | recovery: median s | longest s |", "|---|---|---|---|---|"]
    for name, some in sorted(kinds.items()):
        times = [one.recovery for one in some]
        lasted = statistics.median(one.lasted for one in some)
        lines.append(f"| {name} | {len(some)} | {lasted:.1f} | {statistics.median_high(times)} | {max(times)} |")
    return "\n".join(lines) + "\n"
