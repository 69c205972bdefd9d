"""JSON from outside, field by field: what is wrong is named, and never shown."""

import json
from datetime import datetime
from typing import Any

import golden
import pytest
from hypothesis import given

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import RequestError, fields, limits

SECRET = "s3cr3t"


def decoded(raw: bytes | str, limit: int = 1000) -> dict[str, Any]:
    return fields.decode_object(raw, "The message", limit=limit, error=RequestError)


@given(golden.objects)
def test_every_object_is_decoded_as_it_was_encoded(source: dict[str, Any]) -> None:
    text = json.dumps(source, ensure_ascii=False)
    assert (
        decoded(text, 100_000)
        == decoded(text.encode(), 100_000)
        == decoded(text.encode("utf-8-sig"), 100_000)
        == source
    )
    assert fields.check_object(source, "The message", limit=100_000, error=RequestError) == source


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (f'{{"Password": "{SECRET}"', "is not valid JSON (Expecting ',' delimiter at character 21)"),
        (f'{{"a": 1, "a": "{SECRET}"}}', "a key appears twice in one object"),
        ('{"a": NaN}', "NaN and Infinity are not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "[" * 70 + "]" * 70 + "}", "nests deeper than 64 levels"),
        (f'["{SECRET}"]', "is a list"),
        ("null", "is missing"),
        (b'{"a": "\xff"}', "not UTF-8"),
        ('{"a": "\\ud800"}', "lone surrogate"),
        ('{"a": "' + "x" * 2000 + '"}', "has 2009 bytes: the limit is 1000 bytes"),
    ],
)
def test_what_is_no_object_is_explained_without_its_content(raw: bytes | str, says: str) -> None:
    with pytest.raises(RequestError) as caught:
        decoded(raw, 200_000 if len(raw) > 4000 else 1000)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [(None, "is missing"), (7, "is a number"), ([], "is a list"), (" ", "is empty"), ("é" * 600, "has 1200 bytes")],
)
def test_a_text_is_a_text(value: Any, says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        fields.text({"Name": value}, "Name", error=RequestError, path="OpenStack.")
    assert caught.value.field == "OpenStack.Name"


def test_an_optional_text_may_be_missing_and_not_wrong() -> None:
    for value in (None, "", "  "):
        assert fields.optional_text({"Name": value}, "Name", error=RequestError) is None
    assert fields.optional_text({"Name": "x"}, "Name", error=RequestError) == "x"
    with pytest.raises(RequestError):
        fields.optional_text({"Name": 7}, "Name", error=RequestError)


def test_a_moment_is_read_in_utc_and_needs_an_offset() -> None:
    source = {"Deadline": "2026-11-23T14:00:00+02:00"}
    assert fields.moment(source, "Deadline", error=RequestError) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    for wrong in ("2026-11-23T12:00:00", "soon", "9999-12-31T23:59:59-01:00"):
        with pytest.raises(RequestError, match="no moment in time"):
            fields.moment({"Deadline": wrong}, "Deadline", error=RequestError)


@pytest.mark.parametrize(
    ("value", "name"),
    [({}, "an object"), (True, "a boolean"), (1.5, "a number"), (None, "null"), (set(), "no JSON value")],
)
def test_a_type_is_called_what_json_calls_it(value: Any, name: str) -> None:
    assert fields.json_name(value) == name


def test_nesting_is_counted_to_the_limit() -> None:
    fits = json.loads("[" * limits.MAX_NESTING + "]" * limits.MAX_NESTING)
    fields.check_nesting(fits, "Data", error=RequestError)
    with pytest.raises(RequestError):
        fields.check_nesting([fits], "Data", error=RequestError)


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(RequestError, match=r"OpenStack\.A holds half of a surrogate pair: send whole letters"):
        fields.text({"A": "a\ud800"}, "A", error=RequestError, path="OpenStack.")
