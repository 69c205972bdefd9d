"""No part of a log holds a ResponseURL's secret, wherever a long line is cut."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.provider.redaction import Mask

TOKEN = "gAAAAAB" + "secret" * 100
MASK = Mask.of({"ResponseURL": f"https://answer.example/v1/responses/{TOKEN}"})


def lines(text: str) -> list[str]:
    return list(MASK.lines(io.BytesIO(text.encode())))


def test_lines_come_as_they_were_printed() -> None:
    assert lines("one\n\n  two  \nno end") == ["one", "", "  two  ", "no end"]


@given(before=st.integers(3000, 9000), after=st.integers(0, 5000))
def test_a_secret_across_the_cut_of_a_long_line_is_masked(before: int, after: int) -> None:
    text = "".join(lines("a" * before + TOKEN + "b" * after + "\nnext\n"))
    assert text == "a" * before + "***" + "b" * after + "next"


def test_what_is_said_of_an_end_is_masked_too() -> None:
    assert MASK.text(f"could not PUT to https://answer.example/v1/responses/{TOKEN}?") == "could not PUT to ***?"
    assert MASK.text("\ud800") == "?"


@pytest.mark.parametrize("url", ["", "https://answer.example/short", "no url"])
def test_short_words_are_left_alone(url: str) -> None:
    assert Mask.of({"ResponseURL": url}).text("a short no url answer") == "a short no url answer"
    assert list(Mask.of({}).lines(io.BytesIO(b"x" * 9000))) == ["x" * 4000, "x" * 4000, "x" * 1000]


def test_a_secret_that_the_handler_was_given_is_masked_whatever_its_length() -> None:
    mask = Mask.of({"ResponseURL": "https://answer.example/short"}, ["k3y", ""])
    assert mask.text("signed with k3y.") == "signed with ***."
    assert "k3y" not in repr(mask)
