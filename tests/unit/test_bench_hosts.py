"""What the bench of bridge hosts makes of what Zaqar and Mistral say. ``make unit``."""

import pytest
from bench.hosts import Run, all_of, run_of, worth


def execution(created: str, updated: str) -> dict[str, str]:
    return {"created_at": f"2026-01-01 {created}", "updated_at": f"2026-01-01 {updated}"}


def test_a_run_lasts_from_the_first_beginning_to_the_last_end() -> None:
    executions = [execution("10:00:05", "10:01:00"), execution("10:00:00", "10:00:40")]
    run = run_of(2, 2, executions)
    assert run == Run(hosts=2, requests=2, executions=2, seconds=60.0)
    assert run.rate == pytest.approx(2.0)


def test_a_copy_is_not_a_request() -> None:
    one, other = {"RequestId": "one"}, {"RequestId": "other"}
    assert all_of([one, one], 2) == set()
    assert all_of([one, one, other], 2) == {"one", "other"}


@pytest.mark.parametrize(
    ("seconds", "least"),
    [((120, 60, 40), 1.0), ((120, 120, 120), 0.0), ((120, 60, 60), 0.0), ((120, 80, 40), 0.5), ((120, 60, 80), -0.5)],
)
def test_a_further_host_is_worth_what_the_worst_of_them_adds(seconds: tuple[float, ...], least: float) -> None:
    runs = [Run(hosts, 36, 36, lasted) for hosts, lasted in enumerate(seconds, 1)]
    assert worth(runs) == pytest.approx(least)
