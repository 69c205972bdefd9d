"""What the bench of bridge hosts makes of what Zaqar and Mistral say. ``make unit``."""

import pytest
from bench.hosts import Run, all_of, run_of, worth


def execution(created: str, updated: str) -> dict[str, str]:
    return {"created_at": f"2026-01-01 {created}", "updated_at": f"2026-01-01 {updated}"}


def test_what_counts_is_how_fast_the_middle_half_began() -> None:
    begun = ["10:00:40", "10:00:20", "10:00:00", "10:00:10"]
    executions = [execution(at, "10:01:00") for at in begun]
    assert run_of(2, 4, executions) == Run(hosts=2, requests=4, executions=4, seconds=60.0, rate=6.0)


def test_a_copy_is_not_a_request() -> None:
    one, other = {"RequestId": "one"}, {"RequestId": "other"}
    assert all_of([one, one], 2) == set()
    assert all_of([one, one, other], 2) == {"one", "other"}


@pytest.mark.parametrize(
    ("rates", "least"),
    [((1, 2, 3), 1.0), ((1, 1, 1), 0.0), ((1, 2, 2), 0.0), ((2, 3, 6), 0.5), ((2, 4, 3), -0.5)],
)
def test_a_further_host_is_worth_what_the_worst_of_them_adds(rates: tuple[float, ...], least: float) -> None:
    runs = [Run(hosts, 36, 36, 60.0, rate) for hosts, rate in enumerate(rates, 1)]
    assert worth(runs) == pytest.approx(least)
