import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from keystoneauth1 import exceptions as ksa
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, ReadTimeoutError

import customresource_bridge
from customresource_bridge import errors
from customresource_bridge.clients import http
from customresource_bridge.clients.http import QuietAdapter
from customresource_bridge.clients.turns import NoTurnError


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


@pytest.mark.usefixtures("clock")
def test_a_redirect_is_not_followed_for_the_token_would_go_along() -> None:
    session = Session()
    QuietAdapter(session=session, endpoint_override="http://given", timeout=10).get("/a", redirect=5)
    assert session.sent[0]["redirect"] is False


def _calls(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield where the package calls a function or class of that name, and by which keywords."""
    for path in sorted(Path(customresource_bridge.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(name):
                words = {keyword.arg or "": ast.unparse(keyword.value) for keyword in call.keywords}
                yield f"{path.name}:{call.lineno}", words


@pytest.mark.parametrize(
    ("name", "keyword", "number"),
    [
        ("_session.Session", "redirect", 5),
        ("requests.post", "allow_redirects", 1),
        ("_pool.request", "redirect", 3),
        ("urlopen", "redirect", 2),
    ],
)
def test_no_client_of_ours_follows_a_redirect(name: str, keyword: str, number: int) -> None:
    calls = list(_calls(name))
    assert [where for where, words in calls if words.get(keyword) != "False"] == []
    assert len(calls) == number


class SlowSession(Session):
    """One whose service does not answer in time, for one reason or another, and then does."""

    def __init__(self, *causes: Exception | None) -> None:
        super().__init__()
        self.causes = list(causes)

    def request(self, _url: str, _method: str, **kwargs: Any) -> None:
        self.sent.append(kwargs)
        cause = self.causes.pop(0)
        if cause is not None:
            raise ksa.ConnectTimeout from cause


def slow_adapter(*causes: Exception | None, longest: float = 60.0) -> tuple[QuietAdapter, SlowSession]:
    session = SlowSession(*causes)
    return QuietAdapter(session=session, endpoint_override="http://given", timeout=10, longest=longest), session


def ask(adapter: QuietAdapter, times: int) -> None:
    for _ in range(times):
        with suppress(ksa.ConnectTimeout):
            adapter.get("/a")


def test_after_a_late_answer_each_call_may_take_longer_until_none_was_late_for_a_while(clock: list[float]) -> None:
    slow = requests.ReadTimeout()
    adapter, session = slow_adapter(slow, slow, slow, slow, None, None)
    ask(adapter, 5)
    clock[0] += 601
    ask(adapter, 1)
    assert [sent["timeout"] for sent in session.sent] == [(10, 10), (10, 20), (10, 40), (10, 60), (10, 60), (10, 10)]


def test_a_call_that_may_take_no_longer_takes_no_longer() -> None:
    slow = requests.ReadTimeout()
    adapter, session = slow_adapter(slow, slow, None, longest=10)
    ask(adapter, 3)
    assert [sent["timeout"] for sent in session.sent] == [(10, 10)] * 3


def test_a_host_that_is_not_there_is_given_no_more_time() -> None:
    pool: Any = None
    away = requests.ConnectTimeout()
    away.__cause__ = MaxRetryError(pool, "/", ConnectTimeoutError())
    adapter, session = slow_adapter(away, away)
    ask(adapter, 2)
    assert [sent["timeout"] for sent in session.sent] == [(10, 10), (10, 10)]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, errors.ServiceUnavailable),
        (302, errors.ServiceUnavailable),
        (400, errors.Rejected),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (418, errors.Rejected),
        (423, errors.ServiceUnavailable),
        (429, errors.ServiceUnavailable),
        (503, errors.ServiceUnavailable),
    ],
)
def test_a_status_is_one_kind_of_error(status: int, kind: type[errors.ServiceError]) -> None:
    error = http.error_for("Zaqar", "claim", "why", status=status)
    assert type(error) is kind
    assert str(error) == f"Zaqar did not claim ({status}): why"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"faultstring": " no "}', "no"),
        ('{"error": {"message": "gone"}}', "gone"),
        ('{"title": ""}', "it gave no reason that can be read"),
        ("[]", "it gave no reason that can be read"),
        ("[" * 100_000, "it gave no reason that can be read"),
        ("<html>", "it gave no reason that can be read"),
    ],
)
def test_a_services_own_words_are_found(text: str, problem: str) -> None:
    assert http.problem_in(text) == problem


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (ksa.Unauthorized("no"), errors.Unauthorized),
        (ksa.NotFound("no such trust"), errors.Unauthorized),
        (ksa.InternalServerError("oops"), errors.ServiceUnavailable),
        (ksa.MissingAuthPlugin(), errors.ConfigurationError),
        (ksa.EndpointNotFound(), errors.ConfigurationError),
        (ksa.ConnectTimeout("http://secret"), errors.ServiceUnavailable),
        (ksa.SSLError("http://secret"), errors.ServiceUnavailable),
        (requests.ConnectionError("http://secret"), errors.ServiceUnavailable),
    ],
)
def test_a_librarys_error_becomes_one_of_this_package_without_its_url(raised: Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught, http.service_errors("Zaqar", "claim"):
        raise raised
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    ("cause", "problem"),
    [
        (ReadTimeoutError(None, "", "slow"), "it did not answer in time"),  # type: ignore[arg-type]
        (ConnectTimeoutError("slow"), "it could not be connected to in time"),
        (NoTurnError("32 calls"), "it was not asked: too many of this process's calls to it were under way"),
    ],
)
def test_what_was_late_is_said(cause: Exception, problem: str) -> None:
    late = ksa.ConnectTimeout("Request timed out")  # as keystoneauth says, whatever was late
    late.__cause__ = requests.ConnectTimeout()
    late.__cause__.__cause__ = cause
    with pytest.raises(errors.ServiceUnavailable) as caught, http.service_errors("Zaqar", "claim"):
        raise late
    assert caught.value.problem == problem


def test_only_a_call_that_could_not_connect_surely_did_nothing() -> None:
    def error(cause: Exception) -> errors.ServiceError:
        made = errors.ServiceUnavailable("Zaqar", "post", "away")
        made.__cause__ = requests.ConnectionError(cause)
        made.__cause__.__cause__ = cause
        return made

    assert http.never_left(error(ConnectTimeoutError()))
    assert not http.never_left(error(ReadTimeoutError(None, "", "slow")))  # type: ignore[arg-type]
