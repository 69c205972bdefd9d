"""Reads expressions of PromQL so far that a test can say of which figures they speak. No evaluation, no whole grammar.

Strict: a word that is neither a keyword, a function nor what a process of ours exports is a fault.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from customresource_bridge.bridge.observability.events import PHASES
from customresource_bridge.bridge.observability.metrics import PREFIX, Metrics
from customresource_bridge.exposition.figures import FamilyKind
from customresource_bridge.gateway import metrics as gateway_metrics
from customresource_bridge.plugin.metrics import figures as engine_figures

_SUFFIXES = {FamilyKind.HISTOGRAM: ("_bucket", "_sum", "_count")}
FUNCTIONS = {"absent", "changes", "count", "histogram_quantile", "increase", "max", "min", "rate", "sum", "time"}
RANGED = {"changes", "increase", "rate"}
OPERATORS = {"and", "or", "unless"}
GROUPING = {"by", "without"}
SCRAPED = {"instance", "job"}
"""The labels that Prometheus adds itself."""

TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*") | (?P<range>\[(?:\d+[smhdw]|\$__rate_interval)\]) | (?P<word>[A-Za-z_:][\w:]*)
      | (?P<number>\d+(?:\.\d+)?) | (?P<sign>=~|!~|==|!=|<=|>=|[-+*/%<>=,(){}]) | (?P<space>\s+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Series:
    """What is read: a series' name, the labels that are asked for with their texts, and whether over a range."""

    name: str
    labels: Mapping[str, str]
    ranged: bool


@dataclass(frozen=True, slots=True)
class Exported:
    """One exported series.

    :ivar labels: each label's values, as far as they are known.
    """

    kind: str
    labels: Mapping[str, frozenset[str]]


def exported() -> dict[str, Exported]:
    """Return what the processes of bridge, gateway and heat-engine export, and Prometheus' own ``up``, by name."""
    metrics = Metrics()
    metrics.show_in_flight(list, projects=lambda: 0, monotonic=lambda: 0.0)
    for step in ("wait", "start", "execution", "response"):
        for name in PHASES:
            metrics._steps.labels(step, name)
    found: dict[str, dict[str, set[str]]] = {"up": {}}
    kinds = {"up": "gauge"}
    for family in metrics.registry.collect():
        for sample in family.samples:
            kinds[sample.name] = family.type
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    for family in (*gateway_metrics.FAMILIES, *engine_figures.FAMILIES):
        labels = {label: set(values) for label, values in family.labels.items()}
        for suffix in _SUFFIXES.get(family.kind, ("",)):
            kinds[f"{family.name}{suffix}"] = family.kind
            found[f"{family.name}{suffix}"] = {
                **labels,
                "worker": set(),
                **({"le": set()} if suffix == "_bucket" else {}),
            }
    return {
        name: Exported(kinds[name], {label: frozenset(values) for label, values in labels.items()})
        for name, labels in found.items()
    }


EXPORTED = exported()
OURS = {name for name in EXPORTED if name.startswith("customresource_") and not name.endswith("_created")}
OF_BRIDGES = {name for name in EXPORTED if not name.startswith("customresource_") or name.startswith(PREFIX)}
"""What bridges export at addresses of their own, and Prometheus of them. The rest comes from files too."""


def tokens(expression: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token.

    :raises ValueError: at a character that begins none.
    """
    at = 0
    while at < len(expression):
        found = TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"{expression[at : at + 20]!r} is no PromQL")
        at = found.end()
        if found.lastgroup != "space":
            yield found.lastgroup, found[0]


def series(expression: str) -> list[Series]:
    """Return the series that an expression reads.

    :raises ValueError: it is wrong.
    """
    read, left = [], list(tokens(expression))
    _check_pairs(left)
    while left:
        kind, text = left.pop(0)
        if kind != "word" or text in OPERATORS:
            continue
        if text in GROUPING:
            _check_labels(_between(left, "(", ")"))
        elif text in FUNCTIONS:
            if not left or left[0][1] not in {"(", *GROUPING}:
                raise ValueError(f"{text} without an argument")
        elif text in EXPORTED:
            labels = _matchers(_between(left, "{", "}")) if left and left[0][1] == "{" else {}
            read.append(Series(text, labels, ranged=bool(left) and left[0][0] == "range"))
        else:
            raise ValueError(f"no process of ours exports {text}")
    if not read:
        raise ValueError("it reads nothing")
    for one in read:
        _check(one, expression)
    return read


def _check_pairs(of: list[tuple[str, str]]) -> None:
    opened: list[str] = []
    for _, text in of:
        if text in {"(", "{"}:
            opened.append(text)
        elif text in {")", "}"} and (not opened or opened.pop() != {")": "(", "}": "{"}[text]):
            raise ValueError(f"{text} closes nothing")
    if opened:
        raise ValueError(f"{opened[-1]} is not closed")


def _between(left: list[tuple[str, str]], begin: str, end: str) -> list[tuple[str, str]]:
    if not left or left.pop(0)[1] != begin:
        raise ValueError(f"{begin} is missing")
    inside = []
    while (token := left.pop(0))[1] != end:
        inside.append(token)
    return inside


def _check_labels(inside: list[tuple[str, str]]) -> None:
    known = SCRAPED | {label for one in EXPORTED.values() for label in one.labels}
    for kind, text in inside:
        if kind == "word" and text not in known:
            raise ValueError(f"nothing has a label {text}")


def _matchers(inside: list[tuple[str, str]]) -> dict[str, str]:
    parts = [text for _, text in inside if text != ","]
    if len(parts) % 3 or any(sign not in {"=", "=~", "!=", "!~"} for sign in parts[1::3]):
        raise ValueError(f"{parts} are no matchers")
    return {label: text.strip('"') for label, text in zip(parts[::3], parts[2::3], strict=True)}


def _check(one: Series, expression: str) -> None:
    known = EXPORTED[one.name]
    if one.ranged != (re.search(rf"\b({'|'.join(RANGED)})\s*\(\s*{one.name}\b", expression) is not None):
        raise ValueError(f"{one.name}: a range is for {sorted(RANGED)}, and for these alone")
    for label, text in one.labels.items():
        if label in SCRAPED or text.startswith("$"):
            continue
        if label not in known.labels:
            raise ValueError(f"{one.name} has no label {label}")
        unknown = set(text.split("|")) - known.labels[label]
        if unknown:
            raise ValueError(f"{one.name}: {label} is never {sorted(unknown)}")
