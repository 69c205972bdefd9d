"""What the releases differ in: the newest is what constraints.txt pins."""

from pathlib import Path

from devstack.cloud.release import SERIES, Release, named
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings


def commands(release: str) -> dict[str, str]:
    found = services(Settings(Path("/somewhere"), 21000, "a-secret", release=named(release)))
    return {name: " ".join([*service.command, *service.files.values()]) for name, service in found.items()}


def test_mistrals_application_and_its_servers_are_those_of_the_release() -> None:
    assert "mistral.api.wsgi:application" in commands("2025.1")["mistral-api"]
    assert "mistral.wsgi:application" in commands("2025.2")["mistral-api"]
    assert "engine,executor,notifier " in commands("2026.1")["mistral-server"]
    assert commands("")["mistral-server"] == commands("2026.2")["mistral-server"].replace("venv-2026.2", "venv")


def test_heats_cfn_waits_for_keystone_where_it_asks_while_it_loads() -> None:
    waits = {
        name: "seed" in services(Settings(Path("/x"), 1, "s", release=Release(name)))["heat-api-cfn"].starts_after
        for name in ("", "2025.1", "2026.1", "2026.2")
    }
    assert waits == {"": False, "2025.1": True, "2026.1": True, "2026.2": False}


def test_a_release_is_pinned_by_files_that_are_there() -> None:
    series = ["", *(path.name for path in SERIES.iterdir() if path.is_dir())]
    assert all(path.is_file() for name in series for path in named(name).constraints)
