"""What the package asks for can be installed beside each OpenStack release, and is all that it imports."""

import ast
import json
import sys
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pyproject import PROJECT
from releases import page, results, unit, whole
from releases.installed import EXTRAS, FILE, PYTHONS, RELEASES, RESOLVED, refused
from releases.results import Result

from devstack.cloud.profile import PROFILES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "customresource_bridge"
ASKED = [
    Requirement(text)
    for texts in (PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in EXTRAS if extra))
    for text in texts
]
BESIDE_HEAT = {"plugin", "publisher", "dashboard"}
"""Rooms that are only ever loaded where Heat, Mistral or Horizon has brought what they import."""


def pins(release: str, python: str) -> dict[str, str]:
    """Return the versions that a release's upper constraints name for a Python."""
    environment = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    lines = (RELEASES / release / "upper-constraints.txt").read_text().splitlines()
    parsed = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        canonicalize_name(each.name): next(iter(each.specifier)).version
        for each in parsed
        if each.marker is None or each.marker.evaluate(environment)
    }


def imported(path: Path) -> set[str]:
    """Return the packages that a module imports, its own and Python's left out."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, PACKAGE.name, "uwsgi"}


@pytest.mark.parametrize(("release", "python"), [(release, each) for release in PYTHONS for each in PYTHONS[release]])
def test_no_bound_is_above_a_releases_upper_constraint(release: str, python: str) -> None:
    chosen = pins(release, python)
    known = [(asked, chosen[name]) for asked in ASKED if (name := canonicalize_name(asked.name)) in chosen]
    assert len(known) > len(ASKED) // 2
    assert [f"{asked}: {release} has {version}" for asked, version in known if version not in asked.specifier] == []


def test_what_runs_without_heat_imports_nothing_that_the_package_does_not_ask_for() -> None:
    asked = {canonicalize_name(each.name) for each in ASKED}
    distributions = packages_distributions()
    modules = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in BESIDE_HEAT]
    strange = {
        (name, str(path.relative_to(PACKAGE)))
        for path in modules
        for name in imported(path)
        if not asked & {canonicalize_name(found) for found in distributions.get(name, [])}
    }
    assert strange == set()


def test_each_release_has_its_services_beside_its_constraints() -> None:
    assert {path.name for path in RELEASES.iterdir() if path.is_dir()} == set(PYTHONS)
    named = {
        release: {
            canonicalize_name(Requirement(line.partition("#")[0]).name)
            for line in (RELEASES / release / "services.txt").read_text().splitlines()
            if not line.startswith("#")
        }
        for release in PYTHONS
    }
    services = {"keystone", "zaqar", "mistral", "mistral-extra", "openstack-heat", "pyuwsgi", "setuptools"}
    assert named == dict.fromkeys(PYTHONS, services)


def test_the_tables_of_the_page_are_what_was_kept() -> None:
    assert page.PAGE.read_text() == page.written(page.PAGE.read_text(), page.tables()), "run: python -m releases.page"


def test_what_was_kept_is_of_releases_profiles_and_suites_that_there_are() -> None:
    for kept in results.read():
        assert (kept.release in PYTHONS, kept.profile in PROFILES) == (True, True), kept
        assert kept.cell in {unit.CELL, *whole.CELLS}, kept
    assert {release: tuple(found) for release, found in json.loads(FILE.read_text()).items()} == PYTHONS


def test_a_later_result_takes_the_earlier_ones_place() -> None:
    earlier = Result("2025.1", "", "demo", "fails", "2026-01-01")
    later, other = replace(earlier, outcome="passes", on="2026-01-02"), replace(earlier, cell="life cycle")
    assert results.merged([earlier, other], [later]) == [later, other]


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        (0, "74 passed, 1 warning in 300.12s", "74 of 74"),
        (1, "2 failed, 71 passed, 1 error in 300.12s", "71 of 74"),
        (0, "The demo took 40 s.", "passes"),
        (1, "The demo failed: no bridge", "fails"),
    ],
)
def test_a_suites_outcome_is_how_many_of_its_tests_passed(code: int, said: str, told: str) -> None:
    assert whole.outcome(code, said) == told


def test_how_many_of_the_unit_tests_passed_is_taken_from_what_pytest_wrote() -> None:
    junit = '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="0" tests="161" /></testsuites>'
    assert unit.outcome(junit) == "158 of 161"


@pytest.mark.parametrize(
    ("resolvable", "told"),
    [
        ({RESOLVED}, []),
        ({(extra,) for extra in RESOLVED if extra != "operator"}, ["operator"]),
        (set(), list(RESOLVED)),
        ({(extra,) for extra in RESOLVED}, ["all at once"]),
    ],
)
def test_what_goes_together_goes_alone_and_what_is_refused_is_named(
    resolvable: set[tuple[str, ...]], told: list[str]
) -> None:
    assert refused(lambda extras: tuple(extras) in resolvable) == told
