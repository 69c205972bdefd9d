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


@pytest.mark.parametrize("name", ["elsewhere", "..", ".cloud/2", "/.cloud", ".cloud 2"])
def test_a_name_that_git_would_not_ignore_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"CRB_CLOUD_STATE=.* must be a name like \.cloud-2"):
        settings.load({"CRB_CLOUD_STATE": name}, where=tmp_path)
