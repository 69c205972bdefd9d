"""What the bench of bridge hosts makes of what Mistral says. ``make unit``."""

import pytest
from bench.hosts import Run, run_of, worth_of_a_further


def execution(created: str, updated: str) -> dict[str, str]:
    return {"created_at": f"2026-01-01 {created}", "updated_at": f"2026-01-01 {updated}"}


def test_a_run_lasts_from_the_first_beginning_to_the_last_end() -> None:
    executions = [execution("10:00:05", "10:01:00"), execution("10:00:00", "10:00:40")]
    assert run_of(2, executions) == Run(hosts=2, seconds=60.0, executions=2)


@pytest.mark.parametrize(("seconds", "worth"), [((120, 60, 40), 1.0), ((120, 120, 120), 0.0), ((120, 60, 60), 0.5)])
def test_a_further_host_is_worth_what_the_worst_of_them_adds(seconds: tuple[float, ...], worth: float) -> None:
    runs = [Run(hosts, lasted, 36) for hosts, lasted in enumerate(seconds, 1)]
    assert worth_of_a_further(runs) == pytest.approx(worth)
