"""Health, readiness and figures over HTTP."""

from typing import Any

from customresource_bridge.bridge.observability.http_endpoint import StatusApplication


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
