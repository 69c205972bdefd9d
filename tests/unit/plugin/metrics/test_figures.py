"""Each step and each fate has its series, and what waits is shown as it is."""

import os
from datetime import datetime, timedelta

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.metrics.figures import AnswerFate, EngineFigures, Step, ended, posted
from customresource_bridge.plugin.metrics.untaken import TakerKind
from customresource_bridge.plugin.metrics.waiting_ages import AGES, WaitingRequests
from customresource_bridge.protocol import RequestType, Status


def shown(figures: EngineFigures) -> dict[str, str]:
    lines = figures.exposition().decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_every_step_of_every_phase_is_counted_and_each_series_names_its_worker() -> None:
    figures = EngineFigures()
    for step in Step:
        for kind in RequestType:
            figures.count(step, kind)
    for fate in AnswerFate:
        figures.answered(fate)
    counted = {name: value for name, value in shown(figures).items() if "_total" in name}
    assert set(counted.values()) == {"1"}
    assert len(counted) == len(Step) * len(RequestType) + len(AnswerFate)
    assert all(f'worker="{os.getpid()}"' in name for name in shown(figures))


def test_what_waits_is_shown() -> None:
    figures = EngineFigures()
    figures.show_waiting(WaitingRequests({**dict.fromkeys(AGES, 0), "1h": 3}, unsent=1, oldest=2000.5))
    (of_an_hour,) = [value for name, value in shown(figures).items() if 'age="1h"' in name]
    (oldest,) = [value for name, value in shown(figures).items() if "oldest_waiting" in name]
    assert (of_an_hour, oldest) == ("3", "2000.5")


def test_what_is_untaken_is_older_each_time_it_is_shown() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    figures = EngineFigures(now=lambda: now)
    figures.untaken.note(1, "r", now, untaken_by=TakerKind.BRIDGE)
    now += timedelta(seconds=90)
    untaken = {name: value for name, value in shown(figures).items() if "untaken" in name and 'by="bridge"' in name}
    assert list(untaken.values()) == ["1", "90.0"]


def test_the_step_of_a_post_and_of_an_answer() -> None:
    assert [posted(copies) for copies in (1, 2, 9)] == [Step.POSTED, Step.POSTED_AGAIN, Step.POSTED_AGAIN]
    assert [ended(status) for status in (Status.SUCCESS, Status.FAILED)] == [Step.SUCCEEDED, Step.FAILED]
