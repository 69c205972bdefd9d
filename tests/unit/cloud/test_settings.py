"""Where a clone's clouds keep their things."""

from pathlib import Path

import pytest

from devstack.cloud import settings


def test_a_second_cloud_has_all_of_its_own_but_the_virtual_environment(tmp_path: Path) -> None:
    first = settings.load({}, where=tmp_path)
    second = settings.load({"CRB_CLOUD_STATE": ".cloud-2"}, where=tmp_path)
    assert (first.root, second.root) == (tmp_path / ".cloud", tmp_path / ".cloud-2")
    assert first.venv == second.venv == tmp_path / ".cloud" / "venv"
    assert first.secret != second.secret


def test_a_release_has_all_of_its_own(tmp_path: Path) -> None:
    older = settings.load({"CRB_CLOUD_RELEASE": "2025.1"}, where=tmp_path)
    assert (older.root, older.venv) == (tmp_path / ".cloud-2025.1", tmp_path / ".cloud" / "venv-2025.1")
    second = settings.load({"CRB_CLOUD_RELEASE": "2025.1", "CRB_CLOUD_STATE": ".cloud-2"}, where=tmp_path)
    assert second.venv == older.venv


def test_a_release_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"CRB_CLOUD_RELEASE='2020\.1': the releases are 2024\.2, 2025\.1"):
        settings.load({"CRB_CLOUD_RELEASE": "2020.1"}, where=tmp_path)


@pytest.mark.parametrize("name", ["elsewhere", "..", ".cloud/2", "/.cloud", ".cloud 2"])
def test_a_name_that_git_would_not_ignore_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"CRB_CLOUD_STATE=.* must be a name like \.cloud-2"):
        settings.load({"CRB_CLOUD_STATE": name}, where=tmp_path)
