"""The documents say what is so: pages written from the code are up to date, links lead somewhere, examples parse."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from pyproject import PROJECT

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted(path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.parts[1:]))
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)")
YAML = re.compile(r"^ *```yaml\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", REFERENCE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["options.md", "errors.md", "metrics.md", "notifications.md"])
def test_a_generated_page_is_up_to_date(page: str) -> None:
    assert (REFERENCE / page).read_text() == _generator().PAGES[page](), "run: python docs/reference/generate.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_yaml_example_is_yaml(page: Path) -> None:
    for example in YAML.findall(page.read_text()):
        assert yaml.safe_load(example) is not None


def test_the_index_of_the_documents_leads_to_each_of_them() -> None:
    led_to, follow = set(), [ROOT / "docs" / "README.md"]
    while follow:
        page = follow.pop()
        links = {(page.parent / target).resolve() for target in LINK.findall(page.read_text())}
        follow += [target for target in links - led_to if target.name == "README.md" and target.is_file()]
        led_to |= links
    pages = set((ROOT / "docs").glob("*/*.md")) | set((ROOT / "docs").glob("contributor/**/*.md"))
    left = [page for page in sorted(pages - led_to) if "{include}" not in page.read_text()]
    assert [str(page.relative_to(ROOT)) for page in left] == []


def test_what_a_package_index_shows_leads_nowhere_by_a_relative_link() -> None:
    readme = PROJECT["readme"]
    assert [target for target in LINK.findall((ROOT / readme).read_text()) if "://" not in target] == []


def test_the_version_has_its_section_in_the_changelog() -> None:
    version = PROJECT["version"]
    headings = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert headings[0] == ("Unreleased", "")
    assert headings[1][0] == version
    assert headings[1][1], "say the day"
