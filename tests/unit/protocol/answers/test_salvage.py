"""As much as can be read of a body, and in what time."""

import gzip
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol.answers.salvage import salvage

LIMIT = 256 * 1024


@pytest.mark.parametrize(
    ("raw", "members", "problem"),
    [
        (b'{"a": 1, "b": {"c": [null]}}', {"a": 1, "b": {"c": [None]}}, ""),
        (b' \r\n{"a": "x\ny"}\0\n', {"a": "x\ny"}, ""),
        (b'{"a": 1', {"a": 1}, "is not valid JSON (Expecting ',' delimiter at character 7)"),
        (b'{"a": 1, "b": "x', {"a": 1}, "is not valid JSON (Unterminated string starting at character 14)"),
        (b'{"a": x, "b": 2}', {"b": 2}, "is not valid JSON (Expecting value at character 6)"),
        (b'{"a": {x, y: ["}"]}, "b": 2}', {"b": 2}, "is not valid JSON"),
        (b'{a: 1, "b": 2}', {"b": 2}, "is not valid JSON"),
        (b'{"a" 1, "b": 2}', {"b": 2}, "is not valid JSON"),
        (b'{"a": 1, "b": 2,}', {"a": 1, "b": 2}, "is not valid JSON"),
        (b'{"n": ' + b"1" * 5000 + b', "b": 2}', {"b": 2}, "is not valid JSON (a number too large)"),
        (b'{"a": ' + b"[" * 100_000 + b', "b": 2', {}, "is not valid JSON (nested too deeply)"),
        (b"[1]", {}, "is a list"),
        (b'"text"', {}, "is a string"),
        (b"null", {}, "is null"),
        (b"<xml/>", {}, "is not valid JSON (Expecting value at character 0)"),
        (b" \n", {}, "has no text"),
        (
            b"{'a': 'x', 'b': {'c': 'y'}, 'd': None}",
            {"a": "x"},
            "is the text of a Python dictionary, and no JSON",
        ),
        (b"a=1&b=x+y", {"a": "1", "b": "x y"}, "is a form"),
    ],
)
def test_members_are_read_one_by_one(raw: bytes, members: dict[str, Any], problem: str) -> None:
    found = salvage(raw, limit=LIMIT)
    assert found.members == members
    assert found.problem.startswith(problem)
    assert bool(found.problem) == bool(problem)


def test_what_comes_twice_is_noted_and_the_last_counts() -> None:
    found = salvage(b'{"a": 1, "b": {"c": 1, "c": 2}, "a": 3, "d": 4}', limit=LIMIT)
    assert (found.members, found.doubled) == ({"a": 3, "b": {"c": 2}, "d": 4}, {"a", "b"})


@pytest.mark.parametrize("tail", ["", "\\", "\\u", "\\ud8", "\\ud83"])
def test_a_text_that_was_cut_is_kept_apart_from_what_is_whole(tail: str) -> None:
    found = salvage(f'{{"a": 1, "b": "no quota{tail}'.encode(), limit=LIMIT)
    assert (found.members, found.cut) == ({"a": 1}, {"b": "no quota"})
    assert "quota" not in repr(found)


TEXT = '{"a": "größe 😀"}'


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32-be"),
        gzip.compress(TEXT.encode()),
        gzip.compress(TEXT.encode("utf-16")),
        json.dumps(TEXT).encode(),
        b"%7B%22a%22%3A+%22gr%C3%B6%C3%9Fe%20%F0%9F%98%80%22%7D",
    ],
)
def test_packed_and_encoded_bodies_are_read(raw: bytes) -> None:
    assert salvage(raw, limit=LIMIT).members == {"a": "größe 😀"}


def test_what_is_not_utf_8_is_latin_1_and_half_a_letter_at_the_end_is_a_cut() -> None:
    assert salvage('{"a": "größe"}'.encode("latin-1"), limit=LIMIT).members == {"a": "größe"}
    assert salvage('{"a": "größe'.encode()[:-2], limit=LIMIT).cut == {"a": "grö"}


def test_a_packed_body_is_unpacked_to_the_limit_only() -> None:
    packed = gzip.compress(b'{"a": 1, "b": "' + b"x" * 50_000_000 + b'"}')
    found = salvage(packed, limit=1000)
    assert (found.members, found.problem) == ({"a": 1}, "has more than 1000 bytes")
    assert len(found.cut["b"]) < 1001


HOSTILE = [
    b'{"a":"' + b'\\"' * 130_000,
    b"{" * 260_000,
    b'{"a":' * 50_000,
    b"{" + b'"a":x,' * 40_000,
    b'{"a":"' + b'"' * 250_000,
    b"{" + b"," * 250_000,
    b"{" + b'"a",' * 60_000,
    b"{" + b'"a":1,' * 40_000,
    b"{'" + b"'a': '" * 40_000,
    b"{'a': '" + b"\\'" * 120_000,
    b"a=" + b"&" * 250_000,
    b"a=1" + b"&a=1" * 60_000,
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_no_body_takes_long(raw: bytes) -> None:
    began = time.process_time()
    salvage(raw, limit=LIMIT)
    assert time.process_time() - began < 5


@given(st.text(alphabet='{}[]",:\\ a1', max_size=60))
def test_nothing_that_looks_like_json_raises(text: str) -> None:
    assert isinstance(salvage(text, limit=LIMIT).members, dict)
