"""Which reports of progress are kept, and which are told. ``make unit-plugin``."""

from dataclasses import replace
from datetime import timedelta

from plugin_parts import NOW, pending

from customresource_bridge.plugin.lifecycle.progress import ProgressReport, next_report

DAY = 86_400


def reports(every: float, seconds: float) -> tuple[int, int]:
    """Return how many of the reports of a handler were kept, and how many of them told."""
    kept = told = 0
    report: ProgressReport | None = None
    age = 0.0
    while age < seconds:
        age += every
        now = NOW + timedelta(seconds=age)
        after = next_report(pending(), report, f"at {age}", now=now)
        if after is not None:
            kept += 1
            told += after.told_at == now
            report = after
    return kept, told


def test_the_first_report_is_told_and_the_others_now_and_then() -> None:
    assert reports(10, 60) == (6, 2)
    kept, told = reports(60, 2 * DAY)
    assert kept == 2 * DAY / 60
    assert told < 50


def test_a_flood_costs_no_more_than_one_write_a_second() -> None:
    assert reports(0.125, 10)[0] == 10


def test_the_same_again_is_no_news() -> None:
    first = next_report(pending(), None, "copying", now=NOW)
    later = NOW + timedelta(minutes=10)
    again = next_report(pending(), first, "copying", now=later)
    assert again is not None
    assert (again.at, again.told_at) == (later, NOW)


def test_a_report_on_another_request_begins_anew() -> None:
    first = next_report(pending(), None, "copying", now=NOW)
    other = replace(pending(), request_id="another")
    report = next_report(other, first, "copying", now=NOW)
    assert report is not None
    assert (report.request_id, report.told_at) == ("another", NOW)


def test_what_is_written_is_read() -> None:
    report = next_report(pending(), None, "copying 40 %", now=NOW)
    assert report is not None
    assert ProgressReport.parse(report.to_json()) == report
    assert ProgressReport.parse(None) is None
