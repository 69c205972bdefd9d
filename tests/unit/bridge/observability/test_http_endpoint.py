"""Health, readiness and figures over HTTP."""

from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.observability.http_endpoint import StatusApplication
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


def get(path: str, *problems: str, method: str = "GET") -> tuple[str, str, dict[str, str]]:
    answered: list[Any] = []
    application = StatusApplication(exposition=lambda: b"figure 1\n", problems=lambda: list(problems))
    body = application({"PATH_INFO": path, "REQUEST_METHOD": method}, lambda *given: answered.extend(given))
    return answered[0], b"".join(body).decode(), dict(answered[1])


def test_each_path_answers() -> None:
    assert get("/healthz", "Zaqar: away")[:2] == ("200 OK", "OK\n")
    assert get("/readyz")[:2] == ("200 OK", "ready\n")
    assert get("/readyz", "a: away", "b: too")[:2] == ("503 Service Unavailable", "not ready: a: away; b: too\n")
    status, body, head = get("/metrics")
    assert (status, body) == ("200 OK", "figure 1\n")
    assert head["Content-Type"].startswith("text/plain")
    assert get("/metrics", method="HEAD")[1] == ""
    assert get("/")[0].startswith("404")
    assert get("/metrics", method="POST")[0].startswith("405")
