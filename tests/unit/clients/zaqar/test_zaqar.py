"""Zaqar's client, where what answers is not Zaqar."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import requests_mock as requests_mock_types
from keystoneauth1 import session as ksa_session
from keystoneauth1.token_endpoint import Token

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.zaqar import Message, Zaqar
from customresource_bridge.protocol import Secret

MESSAGE = Message(queue="q", message_id=Secret("m"), claim_id=Secret("c"), body=None, age=0, ttl=60)

CALLS: dict[str, Callable[[Zaqar], Any]] = {
    "post": lambda zaqar: zaqar.post("q", {}, ttl=60),
    "claim": lambda zaqar: zaqar.claim_one("q", ttl=60),
    "hints": lambda zaqar: zaqar.claim_hints("q"),
    "renew": lambda zaqar: zaqar.renew(MESSAGE, ttl=60),
    "release": lambda zaqar: zaqar.release(MESSAGE),
    "delete": lambda zaqar: zaqar.delete(MESSAGE),
    "delete all": lambda zaqar: zaqar.delete_all("q", [MESSAGE]),
    "messages": lambda zaqar: list(zaqar.messages("q")),
    "queues": lambda zaqar: list(zaqar.queues()),
    "delete queue": lambda zaqar: zaqar.delete_queue("q"),
    "sign": lambda zaqar: zaqar.signed_url("q", methods=["GET"], ttl_seconds=60),
    "count": lambda zaqar: zaqar.count("q"),
    "ping": lambda zaqar: zaqar.ping(),
}


class Adapter:
    """Answers every call alike."""

    def __init__(self, status: int, text: str) -> None:
        self._status, self._text = status, text

    def request(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code = self._status
        answer._content = self._text.encode()
        return answer


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_page_of_somebody_else_is_no_success(call: Callable[[Zaqar], Any]) -> None:
    with pytest.raises(errors.ServiceUnavailable, match="something else than Zaqar"):
        call(Zaqar(Adapter(200, "<html>Please log in</html>")))


@pytest.mark.parametrize("name", ["renew", "release", "delete", "delete all", "delete queue"])
def test_an_empty_answer_is_one(name: str) -> None:
    CALLS[name](Zaqar(Adapter(204, "")))


def test_no_content_is_nothing_to_claim() -> None:
    assert Zaqar(Adapter(204, "")).claim_one("q", ttl=60) is None


def test_who_looks_at_claimed_messages_says_from_where(requests_mock: requests_mock_types.Mocker) -> None:
    """Without a marker, Zaqar's redis driver answers 503."""
    requests_mock.get("http://zaqar.test/v2/queues/q/messages", json={"messages": []})
    zaqar = Zaqar.from_session(ksa_session.Session(auth=Token("http://zaqar.test", "t")))
    assert list(zaqar.messages("q", claimed=True)) == []
    asked = requests_mock.last_request.qs
    assert (asked["marker"], asked["include_claimed"]) == (["0"], ["true"])


@pytest.mark.parametrize(
    ("status", "answer", "number"),
    [
        (200, '{"messages": {"free": 2, "claimed": 1, "total": 3}}', 3),
        (200, '{"messages": {"free": 2, "claimed": 1}}', 3),
        (200, '{"messages": {"free": 0, "claimed": 0, "total": 0}}', 0),
        (404, "{}", 0),
    ],
)
def test_messages_are_counted(status: int, answer: str, number: int) -> None:
    assert Zaqar(Adapter(status, answer)).count("q") == number


@pytest.mark.parametrize("answer", ["[]", '{"messages": 3}', '{"messages": {"free": "x"}}', "{}"])
def test_a_count_that_cannot_be_read_is_none(answer: str) -> None:
    with pytest.raises(errors.ServiceUnavailable):
        Zaqar(Adapter(200, answer)).count("q")


@pytest.mark.parametrize(
    "row", [1, {}, {"href": "/v2/queues/q/messages/m", "age": "x"}, {"href": "http://[", "age": 1}]
)
def test_a_row_that_cannot_be_read_is_an_error_of_zaqar_s(row: Any) -> None:
    with pytest.raises(errors.ServiceUnavailable, match="cannot be read"):
        Zaqar(Adapter(201, json.dumps({"messages": [row]}))).claim_one("q", ttl=60)
