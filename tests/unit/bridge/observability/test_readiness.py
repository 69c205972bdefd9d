"""What keeps a process from its work is named, and its services are not asked too often."""

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.observability.readiness import FRESH, Readiness


class Cloud:
    """A service that may be away, and that counts how often it is asked."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def ping(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error


@pytest.fixture
def seconds() -> list[float]:
    return [0.0]


@pytest.fixture
def readiness(seconds: list[float]) -> Readiness:
    return Readiness(clock=Clock(monotonic=lambda: seconds[0]))


def test_it_is_not_ready_before_it_has_begun_nor_while_it_ends(readiness: Readiness) -> None:
    assert readiness.problems() == ["it has only begun"]
    readiness.watch({})
    assert readiness.problems() == []
    readiness.hold("it is ending")
    assert readiness.problems() == ["it is ending"]


def test_each_service_that_is_away_is_named_in_one_line(readiness: Readiness) -> None:
    well, away, broken = Cloud(), Cloud(), Cloud()
    away.error = errors.ServiceUnavailable("Mistral", "list executions", "no\nconnection")
    broken.error = KeyError("x")
    readiness.watch({"Zaqar": well.ping, "Mistral": away.ping, "Keystone": broken.ping})
    assert readiness.problems() == ["Mistral: Mistral did not list executions: no connection", "Keystone: KeyError"]


def test_a_service_is_not_asked_again_while_the_answer_is_fresh(readiness: Readiness, seconds: list[float]) -> None:
    cloud = Cloud()
    readiness.watch({"Zaqar": cloud.ping})
    for _ in range(3):
        assert readiness.problems() == []
    cloud.error = errors.ServiceUnavailable("Zaqar", "list queues", "busy", status=503)
    seconds[0] = FRESH - 1
    assert readiness.problems() == []
    assert cloud.asked == 1
    seconds[0] = FRESH
    assert len(readiness.problems()) == 1
    cloud.error = None
    seconds[0] = 2 * FRESH
    assert readiness.problems() == []
