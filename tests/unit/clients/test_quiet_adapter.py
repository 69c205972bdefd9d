from typing import Any

import pytest

from customresource_bridge.clients import http
from customresource_bridge.clients.http import QuietAdapter


class Session:
    """What an adapter asks of keystoneauth's session."""

    def __init__(self) -> None:
        self.looked = 0
        self.sent: list[dict[str, Any]] = []

    def get_endpoint(self, _auth: Any = None, **_filter: Any) -> str:
        self.looked += 1
        return f"http://service/50%25/{self.looked}"

    def request(self, _url: str, _method: str, **kwargs: Any) -> None:
        self.sent.append(kwargs)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(http.time, "monotonic", lambda: now[0])
    return now


def test_the_catalogue_is_read_once_a_minute(clock: list[float]) -> None:
    session = Session()
    adapter = QuietAdapter(session=session, service_type="messaging", timeout=10)
    adapter.get("/a")
    adapter.get("/b")
    clock[0] += 61
    adapter.get("/c")
    assert session.looked == 2
    # As keystoneauth fills it in: a % is written twice.
    assert [sent["endpoint_override"] % {} for sent in session.sent] == [
        "http://service/50%25/1",
        "http://service/50%25/1",
        "http://service/50%25/2",
    ]


@pytest.mark.usefixtures("clock")
def test_a_given_endpoint_and_a_call_without_a_token_need_no_catalogue() -> None:
    session = Session()
    QuietAdapter(session=session, endpoint_override="http://given", timeout=10).get("/a")
    QuietAdapter(session=session, service_type="messaging", timeout=10).get("http://all/a", authenticated=False)
    assert session.looked == 0
