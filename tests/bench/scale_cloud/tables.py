"""What was found in an empty and in a full cloud beside each other, as tables. Pure."""

from bench.report import Report, Table
from bench.scale_cloud.measures import Found
from bench.scale_cloud.names import Size

TARGETS = {"one stack: create": 1.1, "engine: ready": 1.5}


def report(empty: Found, full: Found, size: Size) -> Report:
    """Return the tables."""
    head = ["", "empty", f"{size.stacks:,} stacks", "ratio"]
    note = f"{size.waiting:,} of the stacks wait, in {size.projects:,} projects. Targets: " + ", ".join(
        f"{name} at most {most}" for name, most in TARGETS.items()
    )
    seconds = [_row(name, empty.seconds, full.seconds, "{:.3f} s") for name in full.seconds]
    cpu = [_row(name, empty.cpu, full.cpu, "{:.2f} s") for name in full.cpu]
    rows = [_row(name, empty.rows, full.rows, "{:,.0f}") for name in full.rows]
    other = [_row(name, empty.other, full.other, "{:,.0f}") for name in full.other]
    read = [
        [name, ", ".join(f"{table} {number:,}" for table, number in found.items())]
        for name, found in full.tables.items()
    ]
    return Report(
        "scale",
        [
            Table(["time", *head[1:]], seconds, note),
            Table(["processor time of all services", *head[1:]], cpu),
            Table(["rows that MariaDB read", *head[1:]], rows),
            Table(["other figures", *head[1:]], other),
            Table(["rows that MariaDB read in the full cloud", "of which tables"], read),
            Table(["what one stack of three custom resources takes", "KiB"], _of_one(empty, full, size)),
        ],
    )


def _row(name: str, empty: dict[str, float], full: dict[str, float], form: str) -> list[str]:
    before, after = empty.get(name), full[name]
    shown = "" if before is None else form.format(before)
    return [name, shown, form.format(after), f"{after / before:.2f}" if before else ""]


def _of_one(empty: Found, full: Found, size: Size) -> list[list[str]]:
    grown = {
        name: full.other[name] - empty.other.get(name, 0.0) for name in full.other if name.startswith("database of")
    }
    return [[name.removesuffix(", MiB"), f"{1024 * mib / size.stacks:.1f}"] for name, mib in grown.items()]


def missed(empty: Found, full: Found) -> int:
    """Say which targets are missed; return 1 where there are any."""
    found = {name: full.seconds[name] / empty.seconds[name] for name in TARGETS}
    wrong = [f"{name}: {ratio:.2f}, wanted {TARGETS[name]}" for name, ratio in found.items() if ratio > TARGETS[name]]
    print("\n".join(["A target is missed:", *wrong]) if wrong else "All targets are met.")
    return int(bool(wrong))
