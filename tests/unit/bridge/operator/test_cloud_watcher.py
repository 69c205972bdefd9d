"""One query for the executions of all projects, and what becomes of it where Mistral forbids it."""

import logging
import math
from datetime import datetime
from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import Table
from customresource_bridge.bridge.operator.cloud_watcher import CloudWatcher
from customresource_bridge.clients.mistral.mistral import FinishedExecutions
from customresource_bridge.compat import UTC

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)


class Mistral:
    """Answers, or forbids."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails: Exception | None = None

    def finished_since(self, _moment: datetime, *, all_projects: bool) -> FinishedExecutions:
        assert all_projects
        self.asked += 1
        if self.fails:
            raise self.fails
        return FinishedExecutions({"e": "SUCCESS"})


class Own:
    """A project's own watcher."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def start(self) -> None:
        self.told.append("start")

    def stop(self, until: float = math.inf) -> None:
        del until
        self.told.append("stop")

    def wake(self) -> None:
        self.told.append("wake")


@pytest.fixture
def mistral() -> Mistral:
    return Mistral()


@pytest.fixture
def cloud(mistral: Mistral) -> Any:
    return CloudWatcher(mistral, Table(), ended=lambda _entry: None, fastest=0.1, clock=Clock())  # type: ignore[arg-type]


def test_one_query_is_for_all_and_no_project_asks_for_itself(cloud: CloudWatcher) -> None:
    own = Own()
    share = cloud.watcher_for(own)
    share.start()
    share.wake()
    assert cloud._watcher._awake.is_set()
    assert cloud.finished_since(MOMENT).states == {"e": "SUCCESS"}
    share.stop()
    assert own.told == ["start", "stop"]


def test_where_it_is_forbidden_each_project_watches_for_itself_and_one_warning_names_the_policy(
    cloud: CloudWatcher, mistral: Mistral, caplog: pytest.LogCaptureFixture
) -> None:
    before, ended, after = Own(), Own(), Own()
    for own in (before, ended):
        cloud.watcher_for(own).start()
    cloud.watcher_for(ended).stop()
    mistral.fails = errors.Forbidden("Mistral", "list executions", "Policy does not allow it", status=403)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert cloud.finished_since(MOMENT).states == {}
    assert mistral.asked == 1
    (warning,) = caplog.messages
    assert "executions:list:all_projects" in warning
    assert before.told == ["start", "wake"]  # what it has in flight is its own to watch now
    assert ended.told == ["start", "stop"]
    share = cloud.watcher_for(after)
    share.start()
    share.wake()
    assert after.told == ["start", "wake"]
    assert not cloud._watcher._awake.is_set()


def test_a_mistral_that_is_away_forbids_nothing(cloud: CloudWatcher, mistral: Mistral) -> None:
    mistral.fails = errors.ServiceUnavailable("Mistral", "list executions", "it did not answer in time")
    with pytest.raises(errors.ServiceUnavailable):
        cloud.finished_since(MOMENT)
    mistral.fails = None
    assert cloud.finished_since(MOMENT).states == {"e": "SUCCESS"}
