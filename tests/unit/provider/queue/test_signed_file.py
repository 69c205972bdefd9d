"""The pre-signed queue's file: taken as Zaqar and its client write it, refused by the name of what is missing."""

import json
from typing import Any

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.queue.signed_file import parse_signed_file

GOOD: dict[str, Any] = {
    "signature": "5f1e",
    "expires": "2026-11-24T00:00:00",
    "methods": ["GET", "PATCH", "POST", "PUT", "DELETE"],
    "paths": ["/v2/queues/orders/messages", "/v2/queues/orders/claims"],
    "project": "p1",
}


def test_zaqar_s_own_answer() -> None:
    token = parse_signed_file(json.dumps(GOOD))
    assert (token.queue, token.project_id, token.signature.reveal()) == ("orders", "p1", "5f1e")
    assert token.paths == tuple(GOOD["paths"])  # in their order: the signature covers it


def test_the_client_s_table_as_json() -> None:
    source = {
        "Signature": "5f1e",
        "Expires": "2026-11-24T00:00:00",
        "Methods": "GET, PATCH, POST, PUT, DELETE",
        "Paths": "/v2/queues/orders/messages,/v2/queues/orders/claims",
        "Project ID": "p1",
    }
    assert parse_signed_file(json.dumps(source)).queue == "orders"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"signature": ""}, "signature is missing"),
        ({"signature": 7}, "signature is missing"),
        ({"project": None}, "project is missing"),
        ({"expires": None}, "expires is missing"),
        ({"methods": []}, "methods is missing"),
        ({"methods": [1]}, "methods is missing"),
        ({"methods": ["GET", "POST"]}, "methods lack PATCH, DELETE"),
        ({"paths": ["/v2/queues/orders/messages"]}, "do not cover the claims"),
        ({"paths": ["/v2/queues/orders/claims"]}, "do not cover the queue's messages"),
        ({"paths": ["/v2/queues/a/claims", "/v2/queues/b/claims"]}, "claims of one queue"),
        ({"paths": ["/v2/queues/../claims/x"]}, "claims of one queue"),
    ],
)
def test_what_is_missing_is_named_and_the_signature_is_not_shown(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        parse_signed_file(json.dumps({**GOOD, **change}))
    assert "5f1e" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "not json", '"text"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no JSON object"):
        parse_signed_file(text)


@pytest.mark.parametrize("name", ["project", "signature", "expires"])
@pytest.mark.parametrize("odd", ["\u4e00", "\r\nX-Auth-Token: t", "\x1b", "\ud800"])
def test_what_no_header_takes_is_refused_with_its_name(name: str, odd: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} has letters that no signed URL has"):
        parse_signed_file(json.dumps({**GOOD, name: f"a{odd}"}))
    with pytest.raises(ConfigurationError, match="methods has letters"):
        parse_signed_file(json.dumps({**GOOD, "methods": [*GOOD["methods"], f"P{odd}"]}))


def test_what_nests_too_deeply_is_no_object() -> None:
    with pytest.raises(ConfigurationError, match="no JSON object"):
        parse_signed_file('{"a": ' * 5000)
