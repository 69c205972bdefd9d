import time
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from customresource_bridge.clients.keystone.clock import TOLERANCE, KeystoneClock, boot_clock
from customresource_bridge.compat import UTC

BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


class Host:
    """A host whose clock can be set."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.set_ahead_by = 0.0
        self.clock = KeystoneClock(wall=self.wall, steady=lambda: self.passed)

    def wall(self) -> datetime:
        return self.true + timedelta(seconds=self.set_ahead_by)

    @property
    def true(self) -> datetime:
        return BEGAN + timedelta(seconds=self.passed)


@pytest.fixture
def host() -> Host:
    return Host()


def test_before_a_login_only_the_hosts_own_clock_is_known(host: Host) -> None:
    host.set_ahead_by = 4000
    assert host.clock.now() == host.wall()
    assert host.clock.problem() is None


def test_a_clock_that_agrees_with_keystones_is_believed(host: Host) -> None:
    host.clock.hear(host.true)
    host.set_ahead_by = TOLERANCE.total_seconds()
    host.passed += 1000
    assert host.clock.now() == host.wall()
    assert host.clock.problem() is None


@pytest.mark.parametrize(("ahead", "problem"), [(4000, "it is 4000 s ahead of"), (-4000, "it is 4000 s behind")])
def test_a_clock_that_is_wrong_is_not_believed_and_said_to_be(
    host: Host, caplog: pytest.LogCaptureFixture, ahead: float, problem: str
) -> None:
    host.set_ahead_by = ahead
    host.clock.hear(host.true)
    host.passed += 1000
    assert host.clock.now() == host.true
    assert problem in (host.clock.problem() or "")
    assert problem in caplog.text


def test_a_clock_that_is_set_between_two_logins_is_judged_anew(host: Host) -> None:
    host.clock.hear(host.true)
    host.set_ahead_by = 4000
    assert host.clock.now() == host.true
    host.set_ahead_by = 0
    assert host.clock.now() == host.true == host.wall()
    assert host.clock.problem() is None


def test_where_no_clock_goes_on_in_suspension_the_monotonic_one_is_taken() -> None:
    assert boot_clock(SimpleNamespace(CLOCK_MONOTONIC=6)) == 6
    assert time.clock_gettime(boot_clock()) > 0
