from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import (
    QueueToken,
    RoutedToken,
    Secret,
    ServiceTokenError,
    SignedQueueToken,
    WorkflowToken,
    parse_service_token,
)
from customresource_bridge.protocol.service_token import likely_meant

SIGNED = "zaqar:orders?project=p1&signature=abc123&expires=2026-11-24T00:00:00&methods=GET,POST&paths=/v2/a,/v2/b"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:x"


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("mistral:record", WorkflowToken("record")),
        ("mistral:record?namespace=dns", WorkflowToken("record", "dns")),
        ("mistral:record?namespace=", WorkflowToken("record")),
        ("mistral:my%20record", WorkflowToken("my record")),
        ("mistral:a:b", WorkflowToken("a:b")),
        ("zaqar:orders", QueueToken("orders")),
        (ARN, RoutedToken(ARN)),
        ("record", RoutedToken("record")),
        ("Mistral:record", RoutedToken("Mistral:record")),
        ("", RoutedToken("")),
    ],
)  # fmt: skip
def test_the_forms(text: str, token: Any) -> None:
    assert parse_service_token(text) == token


def test_a_signed_queue() -> None:
    assert parse_service_token(SIGNED) == SignedQueueToken(
        queue="orders",
        project_id="p1",
        signature=Secret("abc123"),
        expires="2026-11-24T00:00:00",
        methods=("GET", "POST"),
        paths=("/v2/a", "/v2/b"),
    )


def test_a_signed_queue_s_repr_gives_nothing_away() -> None:
    shown = repr(parse_service_token(SIGNED))
    assert "abc123" not in shown
    assert "p1" not in shown


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mistral:", "names no workflow"),
        ("mistral:?namespace=dns", "names no workflow"),
        ("mistral:%20", "names no workflow"),
        ("mistral:x?name=y", "unknown parameter"),
        ("mistral:x?namespace=a&namespace=b", "twice"),
        ("zaqar:", "names no queue"),
        ("zaqar:a.b", "names no queue"),
        ("zaqar:" + "x" * 65, "names no queue"),
        ("zaqar:orders\n", "names no queue"),
        ("zaqar:orders?signature=abc123", "lacks project, expires, methods, paths"),
        ("zaqar:orders?signature=", "lacks project, signature"),
        ("zaqar:orders?", "lacks project"),
        ("zaqar:orders?token=abc123", "unknown parameter"),
        ("mistral:nope%0A2026 CRITICAL forged%0A%1B[31m", "control character"),
        ("mistral:w?namespace=a%0d%0ab", "control character"),
        ("mistral:w\u202eabc", "control character"),
        ("mistral:w\ud800", "control character"),
        ("mistral:w\u2028x", "control character"),
        (SIGNED.replace("=p1", "=%E4%B8%80"), "letters in project that no signed URL has"),
        (SIGNED.replace("=p1", "=p%0d%0aX-Auth-Token:t"), "letters in project"),
        (SIGNED.replace("T00:00:00", "%00"), "letters in expires"),
        ("mistral:" + "w" * 64 * 1024, "above 255 letters"),
        ("mistral:w?namespace=" + "n" * 256, "above 255 letters"),
        (SIGNED.replace("=p1", "=" + "p" * 64 * 1024), "above 1024 letters in project"),
        (SIGNED.replace("POST", "%C3%A9").replace("/v2/a", "%1b"), "letters in methods, paths"),
    ],
)
def test_a_form_of_ours_that_is_wrong_is_explained_without_its_secret(text: str, says: str) -> None:
    with pytest.raises(ServiceTokenError, match=f"^ServiceToken .*{says}") as caught:
        parse_service_token(text)
    assert "abc123" not in str(caught.value)


def test_an_unknown_parameter_is_named_fit_for_a_log() -> None:
    with pytest.raises(ServiceTokenError) as caught:
        parse_service_token("mistral:w?a%0a%1b[31m%e2%80%ae=1")
    assert str(caught.value).isprintable()


@given(st.sampled_from(["", "mistral:", "zaqar:"]), st.text(max_size=40))
def test_hostile_text_raises_nothing_else(scheme: str, rest: str) -> None:
    try:
        token = parse_service_token(scheme + rest)
    except ServiceTokenError:
        assert (scheme + rest).startswith(("mistral:", "zaqar:"))
    else:
        assert scheme or isinstance(token, RoutedToken) or rest.startswith(("mistral:", "zaqar:"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mistrall:greet", "mistral:greet"),
        ("Mistral:greet", "mistral:greet"),
        (" mistral:greet", "mistral:greet"),
        ("zaqr:q?signature=secret", "zaqar:q"),
    ],
)
def test_a_slip_of_the_pen_has_a_token_that_is_likely_meant(text: str, meant: str) -> None:
    assert likely_meant(text) == meant


@pytest.mark.parametrize(
    "text", ["", "greet", "mistral:greet", "zaqar:q", "arn:aws:sns:x", "lambda:f", "ops:mistral:x"]
)
def test_what_may_be_a_name_for_the_routes_is_what_was_meant(text: str) -> None:
    assert likely_meant(text) is None
