"""The alert rules: Prometheus takes them, each reads exported figures alone, each has its runbook."""

import re
import shutil
import subprocess
from typing import Any

import pages
import promql
import pytest
import yaml

KIT = pages.ROOT / "customresource_bridge" / "kit"
FILE = KIT / "prometheus" / "alerts.yaml"
PLAYED = pages.ROOT / "tests" / "unit" / "kit" / "alerts.promtool.yaml"
PAGE = "docs/how-to/alerts.md"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DURATION = re.compile(r"\d+[smhd]")
TEMPLATE = re.compile(r"\{\{(.*?)\}\}")


def by_name(rule: dict[str, Any]) -> str:
    return str(rule["alert"])


def test_the_file_has_prometheus_form() -> None:
    assert yaml.safe_load(FILE.read_text()).keys() == {"groups"}
    assert [group.keys() for group in GROUPS] == [{"name", "rules"}]
    assert len({rule["alert"] for rule in RULES}) == len(RULES) > 0


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_rule_has_prometheus_form(rule: dict[str, Any]) -> None:
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"CustomResource[A-Z]\w+", rule["alert"])
    assert DURATION.fullmatch(rule.get("for", "0m"))
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "runbook_url"}


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_an_alert_reads_exported_figures_alone(rule: dict[str, Any]) -> None:
    assert promql.series(rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_summary_names_labels_that_the_alert_has(rule: dict[str, Any]) -> None:
    kept = re.findall(r"\bby \((\w+)\)", rule["expr"])
    whole = not re.search(r"\b(?:sum|max|count|absent)\b", rule["expr"])
    for inside in TEMPLATE.findall(rule["annotations"]["summary"]):
        subject, *_functions = inside.strip().split(" | ")
        if subject != "$value":
            label = subject.removeprefix("$labels.")
            assert label in kept or (whole and label in promql.SCRAPED), inside


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_an_alert_has_a_runbook_of_its_name(rule: dict[str, Any]) -> None:
    anchor = rule["alert"].lower()
    assert rule["annotations"]["runbook_url"] == f"{PAGE.removeprefix('docs/').removesuffix('.md')}.html#{anchor}"


def test_the_page_has_a_section_for_each_alert_and_for_no_other() -> None:
    sections = re.findall(r"^## (CustomResource\w+)$", pages.read(PAGE), re.MULTILINE)
    assert sections == [rule["alert"] for rule in RULES]


def test_the_job_is_the_one_that_the_page_has_prometheus_scrape() -> None:
    jobs = {one.labels["job"] for rule in RULES for one in promql.series(rule["expr"]) if "job" in one.labels}
    (scrape,) = [text for language, text in pages.blocks("docs/how-to/observe.md") if "scrape_configs" in text]
    assert jobs == {config["job_name"] for config in yaml.safe_load(scrape)["scrape_configs"]}


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("sum(customresource_bridge_requests)", "exports customresource_bridge_requests"),
        ('rate(customresource_bridge_requests_total{result="failed"}[5m])', "no label result"),
        ('rate(customresource_bridge_requests_total{outcome="failure"}[5m])', "never"),
        ("sum by (project) (customresource_bridge_in_flight)", "label project"),
        ("max(customresource_bridge_in_flight", "not closed"),
        ("max customresource_bridge_in_flight)", "closes nothing"),
        ("rate(customresource_bridge_requests_total)", "a range"),
        ("avg_over(customresource_bridge_in_flight)", "exports avg_over"),
        ("customresource_bridge_in_flight & 1", "no PromQL"),
        ("1 > 0", "reads nothing"),
    ],
)
def test_the_reader_of_expressions_finds_what_is_wrong(expression: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        promql.series(expression)


def test_each_alert_has_its_trouble_in_what_promtool_plays() -> None:
    assert set(re.findall(r"\bCustomResource\w+", PLAYED.read_text())) == {rule["alert"] for rule in RULES}


PROMTOOL = shutil.which("promtool") or shutil.which("promtool", path=str(pages.ROOT / ".tools"))
"""Of Debian's package prometheus: `make promtool` fetches it where it is to be had."""

if PROMTOOL:

    @pytest.mark.parametrize("words", [("check", "rules", str(FILE)), ("test", "rules", PLAYED.name)])
    def test_prometheus_takes_and_raises_them(words: tuple[str, ...]) -> None:
        command = [str(PROMTOOL), *words]
        done = subprocess.run(  # noqa: S603
            command, cwd=PLAYED.parent, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
