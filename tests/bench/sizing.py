"""What one request takes of each service's processor, and how many cores many take: computed from bench-profile's.

``make bench-profile`` calls it after it has measured: ``python -m bench.sizing docs/reference/figures`` reads
profile.md there and writes sizing.md, which docs/how-to/sizing.md includes.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.report import Table

NOTHING = "OS::Heat::Value"
"""A stack that waits for nothing: what it takes, each stack takes."""
WAYS = (
    "queue, Heat's signed URL",
    "queue, gateway, Heat's bus",
    "queue, gateway, Heat's bus, the operator's bridge",
    "direct",
)
REQUESTS = 2
"""Of one life: a Create and a Delete."""
AN_HOUR = 10_000


def main() -> None:
    folder = Path(sys.argv[1])
    lines = (folder / "profile.md").read_text().splitlines()
    made = sizing(first_table(lines)).markdown()
    print(made)
    (folder / "sizing.md").write_text(f"{made}\n\n{lines[-1]}\n")


def first_table(lines: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the cells of the first table by row and column."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[: lines.index("")]]
    head, _marks, *body = rows
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


def sizing(profile: Mapping[str, Mapping[str, str]]) -> Table:
    """Return what a request takes, by service and by the way it goes."""
    rows = [[name, *(f"{_of_request(cells, way):.0f}" for way in WAYS)] for name, cells in _services(profile).items()]
    total = profile["all, without the idle cloud's"]
    cores = [f"{_of_request(total, way) * AN_HOUR / 3_600_000:.1f}" for way in WAYS]
    return Table(
        ["processor ms of one request", *WAYS],
        [
            *rows,
            ["all", *(f"{_of_request(total, way):.0f}" for way in WAYS)],
            [f"cores for {AN_HOUR:,} an hour", *cores],
        ],
        f"Half of what a stack with one resource takes, created and deleted, above one that waits for nothing, which "
        f"takes {total[NOTHING]} ms of all services. A service's row has its share of the idle cloud, the sum none.",
    )


def _services(profile: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    names = list(profile)
    return {name: profile[name] for name in names[: names.index("all")]}


def _of_request(cells: Mapping[str, str], way: str) -> float:
    return max(0.0, (float(cells[way]) - float(cells[NOTHING])) / REQUESTS)


if __name__ == "__main__":
    main()
