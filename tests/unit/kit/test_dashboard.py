"""The dashboard: each expression reads exported figures alone, each figure is shown, and no panel lies over another."""

import json
import re
from itertools import combinations
from typing import Any

import pages
import promql
import pytest

FILE = pages.ROOT / "customresource_bridge" / "kit" / "grafana" / "dashboard.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24


TARGETS = [
    pytest.param(panel, target, id=f"{panel['id']}-{target['refId']}")
    for panel in PANELS
    for target in panel.get("targets", [])
]


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_a_panel_reads_exported_figures_alone(panel: dict[str, Any], target: dict[str, Any]) -> None:
    read = [one for one in promql.series(target["expr"]) if one.name in promql.OF_BRIDGES]
    assert all(one.labels.items() >= {"job": "$job", "instance": "$instance"}.items() for one in read), panel["title"]
    assert panel["datasource"] == target["datasource"] == SOURCE


@pytest.mark.parametrize(("panel", "target"), TARGETS)
def test_a_legend_names_labels_that_the_expression_keeps(panel: dict[str, Any], target: dict[str, Any]) -> None:
    kept = {label for inside in re.findall(r"\bby \(([\w, ]+)\)", target["expr"]) for label in inside.split(", ")}
    if not re.search(r"\b(?:sum|max|count)\b", target["expr"]):
        kept |= promql.SCRAPED
    assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, panel["title"]


def test_each_figure_is_shown() -> None:
    shown = {one.name for param in TARGETS for one in promql.series(param.values[1]["expr"])}
    assert promql.OURS - shown == set()


def test_its_variables_are_those_that_it_uses_and_come_from_an_exported_figure() -> None:
    used = set(re.findall(r"\$\{?([a-z]+)", json.dumps(PANELS)))
    assert used == VARIABLES.keys()
    for variable in VARIABLES.values():
        if variable["type"] == "query":
            assert variable["datasource"] == SOURCE
            (figure, label) = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()  # type: ignore[union-attr]
            assert promql.series(figure)
            assert label in promql.SCRAPED
            assert variable["query"]["query"] == variable["definition"]


def test_each_panel_says_what_it_shows_and_has_a_place_of_its_own() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert [panel["title"] for panel in PANELS if panel["type"] != "row" and not panel["description"]] == []
    places = [(panel["title"], panel["gridPos"]) for panel in PANELS]
    assert [title for title, place in places if place["x"] + place["w"] > WIDTH] == []
    assert [(one, other) for (one, a), (other, b) in combinations(places, 2) if overlap(a, b)] == []


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    def along(start: str, length: str) -> bool:
        return one[start] < other[start] + other[length] and other[start] < one[start] + one[length]

    return along("x", "w") and along("y", "h")
