"""A request is the plugin's own, unchanged, or it is refused."""

from typing import Any

import golden
import pytest

from customresource_bridge.protocol import RequestError, Secret
from customresource_bridge.protocol.crypto.signature import key_name, signed, verify

ONE, TWO = Secret("k" * 32), Secret("l" * 32)
BODY = golden.request_body("update")


def test_what_was_signed_with_any_known_key_is_good() -> None:
    verify(signed(BODY, [ONE]), [ONE])
    verify(signed(BODY, [ONE, TWO]), [TWO, ONE])
    assert signed(BODY, [ONE])["OpenStack"]["Signature"]["Key"] == key_name(ONE) != key_name(TWO)


def test_the_order_of_keys_in_json_does_not_count() -> None:
    whole = signed(BODY, [ONE])
    verify(dict(reversed(list(whole.items()))), [ONE])


def changed(**fields: Any) -> dict[str, Any]:
    return {**signed(BODY, [ONE]), **fields}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (BODY, "is missing"),
        ({}, "is missing"),
        (signed(BODY, [TWO]), "is by a key that is not known here"),
        (changed(ResourceProperties={}), "does not fit the request"),
        (changed(RequestId="another"), "does not fit the request"),
        (changed(Extra=1), "does not fit the request"),
    ],
)
def test_what_is_not_the_plugin_s_own_is_refused(body: dict[str, Any], says: str) -> None:
    with pytest.raises(RequestError, match=says):
        verify(body, [ONE])


@pytest.mark.parametrize("value", [None, 7, "", "é", "\ud800"])
def test_a_value_of_any_shape_is_refused(value: Any) -> None:
    body = signed(BODY, [ONE])
    body["OpenStack"]["Signature"]["Value"] = value
    with pytest.raises(RequestError, match="does not fit"):
        verify(body, [ONE])


def test_without_a_key_nothing_is_signed_and_nothing_refused() -> None:
    assert signed(BODY, []) == BODY
    verify(BODY, [])
    verify(signed(BODY, [ONE]), [])
