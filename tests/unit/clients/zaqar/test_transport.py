"""python-zaqarclient over our transport: which answers are errors, and what their texts hold."""

from typing import Any

import pytest
import requests
from zaqarclient.queues.v2 import core

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.transport import Client, Transport


class Adapter:
    def __init__(self, status: int, text: str) -> None:
        self._status, self._text = status, text
        self.asked: list[tuple[str, str, bool]] = []

    def request(self, path: str, method: str, *, authenticated: bool, **_kwargs: Any) -> requests.Response:
        self.asked.append((method, path, authenticated))
        answer = requests.Response()
        answer.status_code = self._status
        answer._content = self._text.encode()
        return answer


def client(adapter: Adapter, *, authenticated: bool = True) -> Client:
    return Client(Transport(adapter, authenticated=authenticated), client_id="c")


@pytest.mark.parametrize("status", [302, 413, 429, 502, 504])
def test_what_the_library_takes_for_success_is_an_error(status: int) -> None:
    with pytest.raises(errors.ServiceError) as caught:
        client(Adapter(status, "{}")).call(core.queue_list, limit=1)
    assert caught.value.status == status


def test_an_id_of_a_message_or_claim_is_in_no_error() -> None:
    text = '{"description": "Claim 8c1f5e0a-1111-4222-8333-444455556666 does not exist"}'
    with pytest.raises(errors.NotFound, match=r"Claim \*\*\* does not exist"):
        client(Adapter(404, text)).call(core.claim_delete, "q", "8c1f5e0a-1111-4222-8333-444455556666")


def test_a_path_is_zaqars_and_says_whether_a_token_goes_along() -> None:
    adapter = Adapter(204, "")
    client(adapter, authenticated=False).call(core.claim_delete, "q", "c1")
    assert adapter.asked == [("DELETE", "/v2/queues/q/claims/c1", False)]


def test_a_link_to_the_next_page_is_followed_as_zaqar_wrote_it() -> None:
    adapter = Adapter(200, "{}")
    client(adapter).follow("/v2/queues?marker=m&limit=20")
    assert adapter.asked == [("GET", "/v2/queues?marker=m&limit=20", True)]


@pytest.mark.parametrize(
    ("call", "arguments", "doing"),
    [
        (core.message_list, ("q",), "list messages"),
        (core.claim_create, ("q",), "claim messages"),
        (core.queue_delete, ("q",), "delete a queue"),
    ],
)
def test_an_error_says_in_plain_order_what_zaqar_did_not_do(call: Any, arguments: tuple[str, ...], doing: str) -> None:
    with pytest.raises(errors.ServiceError) as caught:
        client(Adapter(503, "{}")).call(call, *arguments)
    assert str(caught.value).startswith(f"Zaqar did not {doing} (503): ")


@pytest.mark.parametrize("text", ["<html>", '{"messages": ' + "[" * 5000, "9" * 5000])
def test_what_cannot_be_read_is_no_empty_answer(text: str) -> None:
    with pytest.raises(errors.ServiceUnavailable, match="something else"):
        client(Adapter(200, text)).call(core.claim_create, "q", limit=1)
