"""The contributor's pages speak of what is there: each file that they name exists, the layers are the contracts'."""

import re
from pathlib import Path

import pytest
from pyproject import PYPROJECT

ROOT = Path(__file__).parents[2]
PACKAGE = "customresource_bridge"
CONTRIBUTOR = ROOT / "docs" / "contributor"
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(CONTRIBUTOR.rglob("*.md"))]
NAMED = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]*|[\w-]+\.(?:py|md|toml|yaml))(?:::\w+)?`")
PICTURE = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
LAYERED = [contract for contract in CONTRACTS if contract["type"] == "layers"]


def drawn() -> list[list[str]]:
    """Return the pictures of architecture.md: the first column of each."""
    pictures = PICTURE.findall((CONTRIBUTOR / "architecture.md").read_text())
    return [[re.split(r"  +", line)[0] for line in picture.splitlines()] for picture in pictures]


def layers(contract: dict[str, list[str]]) -> list[str]:
    """Return a contract's layers, each module by the last part of its name."""
    return [" | ".join(name.split(".")[-1] for name in layer.split(" | ")) for layer in contract["layers"]]


@pytest.mark.parametrize("contract", LAYERED, ids=lambda contract: contract["name"].partition(":")[0])
def test_the_layers_drawn_are_those_that_are_enforced(contract: dict[str, list[str]]) -> None:
    assert layers(contract) in drawn(), "draw docs/contributor/architecture.md as pyproject.toml has it"


def test_no_layers_are_drawn_that_are_not_enforced() -> None:
    assert [picture for picture in drawn() if picture not in [layers(contract) for contract in LAYERED]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_file_that_a_contributor_s_page_names_exists(page: Path) -> None:
    missing = [
        name
        for name in NAMED.findall(page.read_text())
        if not any((folder / name).exists() for folder in (ROOT, ROOT / PACKAGE, page.parent))
    ]
    assert missing == [], f"{page.relative_to(ROOT)} names what is not there: write paths from the root or the package"


def test_each_room_has_its_line_in_the_architecture() -> None:
    text = (CONTRIBUTOR / "architecture.md").read_text()
    found = [
        path.parent for part in ("plugin", "bridge", "port") for path in (ROOT / PACKAGE / part).glob("*/__init__.py")
    ]
    rooms = sorted(str(room.relative_to(ROOT / PACKAGE)) for room in found)
    assert [room for room in rooms if f"| `{room}/` |" not in text] == []


def test_each_test_that_a_page_names_is_a_test() -> None:
    """``path::name`` stands for a test function."""
    for page in PAGES:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text()):
            assert f"def {name}(" in (ROOT / path).read_text(), f"{page.relative_to(ROOT)}: {path}::{name}"
