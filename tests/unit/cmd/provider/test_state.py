"""Two queues of one name find their own requests alone."""

from datetime import datetime
from pathlib import Path

import pytest

from customresource_bridge.cmd.provider.state import QueueHome, opened_journal
from customresource_bridge.compat import UTC
from customresource_bridge.provider.queue.journal import Key
from customresource_bridge.testing import a_request

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()
REQUEST = a_request("Create")
HOME = QueueHome("https://zaqar.example:8888", "project-1")
OTHERS = [QueueHome("https://zaqar.example:8888", "project-2"), QueueHome("https://zaqar.other", "project-1")]


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "customresource-bridge"


def let_wait(file: Path | None) -> None:
    journal = opened_journal(file, "orders", lambda: HOME, is_needed=True, now=NOW)
    journal.take(REQUEST, now=NOW, until=NOW + 45)
    journal.wait(Key.of(REQUEST), body=REQUEST.to_dict(), event={}, look_at=NOW, ends_at=NOW + 100)


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", [None, "shared.sqlite"])
def test_no_other_project_s_or_cloud_s_queue_of_the_same_name_finds_a_request(
    other: QueueHome, name: str | None, tmp_path: Path
) -> None:
    file = tmp_path / name if name else None
    let_wait(file)
    assert opened_journal(file, "orders", lambda: other, is_needed=True, now=NOW).waiting() == 0
    assert opened_journal(file, "others", lambda: HOME, is_needed=True, now=NOW).waiting() == 0
    assert opened_journal(file, "orders", lambda: HOME, is_needed=True, now=NOW).waiting() == 1


def test_by_default_each_has_a_file_of_its_own(state: Path) -> None:
    for home in (HOME, *OTHERS, QueueHome("https://zaqar.example:8888/", "project-1")):
        opened_journal(None, "orders", lambda home=home: home, is_needed=True, now=NOW)
    names = [file.name for file in state.iterdir()]
    assert len(names) == 3
    assert all(name.startswith("orders-") and name.endswith(".sqlite") for name in names)
    assert not any("project" in name or "zaqar" in name for name in names)


def test_in_memory_nothing_has_to_be_known_of_the_queue_s_home(state: Path) -> None:
    def unknown() -> QueueHome:
        raise AssertionError

    assert opened_journal(None, "orders", unknown, is_needed=False, now=NOW).waiting() == 0
    assert not state.exists()


def test_what_is_of_no_use_any_more_is_forgotten_when_the_file_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "orders.sqlite"
    let_wait(file)
    much_later = REQUEST.extras.deadline.timestamp() + 24 * 3600
    assert opened_journal(file, "orders", lambda: HOME, is_needed=True, now=much_later).waiting() == 0
