"""A bench's results: tables as Markdown, bar charts as SVG, and the machine they are from.

Used by the benches. Prints always; writes only where it is told to: ``<name>.md``, which docs/reference/figures.md
includes, and ``<name>-<chart>.svg`` beside it.
"""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pygal
from pygal.style import CleanStyle

from customresource_bridge.compat import UTC


@dataclass(frozen=True)
class Table:
    """A table, and what is to be known to read it."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """Return it with the first column left and the figures right."""
        marks = ["---", *["---:"] * (len(self.head) - 1)]
        lines = [_row(cells) for cells in (self.head, marks, *self.rows)]
        return "\n".join([*lines, *(["", self.note] if self.note else [])])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


@dataclass(frozen=True)
class Bars:
    """A bar chart: for each label one bar of each series, and a line where the target is."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    target: float | None = None

    def svg(self) -> bytes:
        """Return it as a picture that needs nothing else: no script, no font, the same for the same figures."""
        title = self.title if self.target is None else f"{self.title} (line: target {self.target:g})"
        chart = pygal.Bar(
            title=title,
            style=CleanStyle,
            js=[],
            no_prefix=True,
            width=720,
            height=360,
            range=(0, 1.1 * max([*(value for row in self.series.values() for value in row), self.target or 0])),
            print_values=True,
            print_values_position="top",
            value_formatter=lambda value: f"{value:.3g}" if value < 100 else f"{value:.0f}",
            show_legend=len(self.series) > 1,
            legend_at_bottom=True,
        )
        chart.x_labels = list(self.labels)
        if self.target is not None:
            chart.y_labels = [0, self.target]
        for name, values in self.series.items():
            chart.add(name, list(values))
        # pygal always writes a script with the chart's settings, for a tooltip that a document has no use for.
        return re.sub(rb"<script.*?</script>", b"", chart.render(), flags=re.DOTALL)


@dataclass(frozen=True)
class Report:
    """What a bench found.

    :ivar name: how its files begin.
    """

    name: str
    tables: Sequence[Table]
    charts: Mapping[str, Bars] = field(default_factory=dict)

    def publish(self, folder: Path | None) -> None:
        """Print the tables; write them and the charts where there is a folder for them."""
        text = "\n\n".join(table.markdown() for table in self.tables)
        print(f"\n{text}\n\n{machine()}\n", flush=True)
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name, chart in self.charts.items():
            (folder / f"{self.name}-{name}.svg").write_bytes(chart.svg())
        pictures = [f"![{chart.title}]({self.name}-{name}.svg)" for name, chart in self.charts.items()]
        (folder / f"{self.name}.md").write_text("\n\n".join([text, *pictures, machine()]) + "\n")


def machine() -> str:
    """Return what the figures are from: the machine, the day, and how busy it was."""
    cpu = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
        f"{memory:.0f} GiB, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f} at the end."
    )
