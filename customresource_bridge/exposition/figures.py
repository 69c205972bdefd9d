"""Figures and their text, in Prometheus' exposition format. No I/O, and no library: heat-engine need not have one.

The values that a label may have are declared with it. So each series begins at zero, which Prometheus needs to see its
first increase, and nothing from outside can become a label.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product

from customresource_bridge.compat import StrEnum

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class FamilyKind(StrEnum):
    """What a family's figures are."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Figures of one name.

    :ivar labels: each label, with all the values that it may have.
    :ivar bounds: of a histogram: the upper bounds of its buckets.
    """

    name: str
    kind: FamilyKind
    meaning: str
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bounds: Sequence[float] = SECONDS

    @property
    def series(self) -> Iterable[tuple[str, ...]]:
        """All combinations of its labels' values."""
        return product(*self.labels.values())


@dataclass(slots=True)
class _Buckets:
    counts: list[int]
    total: float = 0.0


class Figures:
    """One process's figures; safe to use from any thread."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._lock = threading.Lock()
        self._families = {family.name: family for family in families}
        self._values: dict[tuple[str, tuple[str, ...]], float] = {}
        self._buckets: dict[tuple[str, tuple[str, ...]], _Buckets] = {}
        for family in self._families.values():
            for values in family.series:
                if family.kind is FamilyKind.HISTOGRAM:
                    self._buckets[family.name, values] = _Buckets([0] * (len(family.bounds) + 1))
                else:
                    self._values[family.name, values] = 0

    def count(self, name: str, *values: str) -> None:
        """Count one.

        :raises KeyError: there is no such series.
        """
        with self._lock:
            self._values[name, values] += 1

    def put(self, name: str, *values: str, value: float) -> None:
        """Say what a gauge is now.

        :raises KeyError: there is no such series.
        """
        with self._lock:
            if (name, values) not in self._values:
                raise KeyError(name, values)
            self._values[name, values] = value

    def observe(self, name: str, *values: str, seconds: float) -> None:
        """Count a duration.

        :raises KeyError: there is no such series.
        """
        with self._lock:
            buckets = self._buckets[name, values]
            buckets.counts[bisect_left(self._families[name].bounds, seconds)] += 1
            buckets.total += seconds

    def exposition(self, **constant: str) -> bytes:
        """Return all figures as text.

        :param constant: labels that every series has.
        """
        with self._lock:
            lines = [line for family in self._families.values() for line in self._lines(family, constant)]
        return "".join(f"{line}\n" for line in lines).encode()

    def _lines(self, family: Family, constant: Mapping[str, str]) -> Iterable[str]:
        yield f"# HELP {family.name} {_escaped(family.meaning)}"
        yield f"# TYPE {family.name} {family.kind}"
        for values in family.series:
            labels = {**constant, **dict(zip(family.labels, values, strict=True))}
            if family.kind is FamilyKind.HISTOGRAM:
                yield from _histogram(family, labels, self._buckets[family.name, values])
            else:
                yield _line(family.name, labels, self._values[family.name, values])


def _histogram(family: Family, labels: Mapping[str, str], buckets: _Buckets) -> Iterable[str]:
    bounds = [*(f"{bound:g}" for bound in family.bounds), "+Inf"]
    for bound, so_far in zip(bounds, accumulate(buckets.counts), strict=True):
        yield _line(f"{family.name}_bucket", {**labels, "le": bound}, so_far)
    yield _line(f"{family.name}_sum", labels, buckets.total)
    yield _line(f"{family.name}_count", labels, sum(buckets.counts))


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text, quoted=True)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


def _escaped(text: str, *, quoted: bool = False) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n")
    return escaped.replace('"', '\\"') if quoted else escaped
