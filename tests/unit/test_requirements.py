"""What an operator installs by hash fits what the package asks for."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pyproject import PROJECT

FOLDER = Path(__file__).parents[2] / "requirements"
OWN = PROJECT["name"]
EXTRAS = ("bus", "gateway", "observe", "operator", "osc", "port")
PARTS = {"bridge": "", **{extra: extra for extra in EXTRAS}}


def locked(part: str) -> dict[str, list[tuple[Requirement, list[str]]]]:
    """Return what a file names, with the hashes of each."""
    found: dict[str, list[tuple[Requirement, list[str]]]] = {}
    for line in (FOLDER / f"{part}.txt").read_text().replace("\\\n", " ").splitlines():
        text, *hashes = line.split(" --hash=")
        requirement = Requirement(text)
        found.setdefault(canonicalize_name(requirement.name), []).append((requirement, hashes))
    return found


def asked(extra: str) -> list[Requirement]:
    texts = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] if extra else [])]
    found = [Requirement(text) for text in texts]
    inner = [name for requirement in found if requirement.name == OWN for name in requirement.extras]
    return [one for one in found if one.name != OWN] + [one for name in inner for one in asked(name)]


@pytest.mark.parametrize("part", PARTS)
def test_each_requirement_is_one_version_with_hashes(part: str) -> None:
    assert locked(part)
    for versions in locked(part).values():
        for requirement, hashes in versions:
            assert [each.operator for each in requirement.specifier] == ["=="]
            assert hashes
            assert all(each.strip().startswith("sha256:") and len(each.strip()) == 71 for each in hashes)


@pytest.mark.parametrize("part", PARTS)
def test_whatever_the_package_asks_for_is_there_in_a_version_it_allows(part: str) -> None:
    found = locked(part)
    wrong = [
        str(requirement)
        for requirement in asked(PARTS[part])
        if not all(
            requirement.specifier.contains(next(iter(each.specifier)).version)
            for each, _ in found.get(canonicalize_name(requirement.name), [(Requirement("none==0"), [])])
        )
    ]
    assert wrong == [], "run `make locked`"


def test_there_is_a_file_for_each_part_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(PARTS)
