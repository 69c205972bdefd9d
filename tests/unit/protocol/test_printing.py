"""What may be stored in clear: every letter of it fits utf8mb3, XML and a terminal."""

import errno
import re
import socket
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol.printing import (
    LONGEST_LINE,
    each_line,
    in_clear,
    mended,
    one_line,
    without_text,
)


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        ("no quota: größe, 漢字, €", "no quota: größe, 漢字, €"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("two\r\nlines\rand three", "two\nlines\nand three"),
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold", "red and bold"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[2J\x1b[Hgone", "gone"),
        ("\x9b31mred", "red"),
        ("\x1bPdevice string\x1b\\x", "x"),
        ("\x1b]0;cut off\x1b[31mred", "red"),
        ("\x1bcreset", "reset"),
        ("\x1b]0;never ended", ""),
        ("bell\x07 nul\x00 del\x7f", "bell\ufffd nul\ufffd del\ufffd"),
        ("quota 😀", "quota \ufffd"),
        ("half \ud83d", "half \ufffd"),
        ("\U0010ffff", "\ufffd"),
        ("\ufffe\uffff", "\ufffd\ufffd"),
        ("a\u202eb", "a\ufffdb"),
        ("a\u200eb\u200fc\u061cd", "abcd"),
        ("two\u2028lines\u2029and\x85more", "two\nlines\nand\nmore"),
    ],
)
def test_what_a_terminal_or_a_database_would_stumble_over_is_taken_out(text: str, clear: str) -> None:
    assert in_clear(text) == clear


@given(st.text(st.characters(), max_size=200))
def test_every_letter_fits_three_bytes_and_xml(text: str) -> None:
    clear = in_clear(text)
    assert all(len(letter.encode()) <= 3 for letter in clear)
    assert re.fullmatch("[\t\n\x20-\ud7ff\ue000-\ufffd]*", clear)
    assert in_clear(clear) == clear


@given(st.text(st.characters(), max_size=50))
def test_a_mended_text_can_travel_and_one_that_could_is_the_same(text: str) -> None:
    mended(text).encode()
    assert mended(mended(text)) == mended(text)


def test_halves_that_belong_together_become_one() -> None:
    assert mended("\ud83d\ude00 \ud83d") == "😀 \ufffd"


def test_beginnings_of_sequences_cost_no_more_than_other_letters() -> None:
    # Were each of them looked at to the end, this would take hours.
    assert in_clear("\x9d" * 500_000 + "\x1b[0mend") == "end"


@given(st.text(st.characters(), max_size=200) | st.just("y" * 64 * 1024))
def test_a_line_is_one_that_no_terminal_obeys_and_no_journal_breaks(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= LONGEST_LINE
    assert len(line.encode()) < 48 * 1024
    assert all(part.isprintable() for part in each_line(text).split("\n"))


SECRET = "not to be\nshown"


def test_an_error_without_its_text_says_what_and_where() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        said = without_text(error)
    assert said.startswith("ValueError in\n  File ")
    assert "test_printing.py" in said
    assert SECRET not in said
    assert all(line.startswith("  ") for line in said.split("\n")[1:])


def test_of_an_error_s_causes_the_nearest_are_told() -> None:
    error: Exception = ValueError(SECRET)
    for _ in range(100):
        error, cause = LookupError(SECRET), error
        error.__context__ = cause
    said = without_text(error)
    assert said.count("LookupError in") == said.count("which came from") + 1 == 5
    assert SECRET not in said
    error.__suppress_context__ = True
    assert "which came from" not in without_text(error)


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        (OSError(errno.EADDRINUSE, "secret"), "OSError (EADDRINUSE) in"),
        (PermissionError(errno.EACCES, "secret", "/secret"), "PermissionError (EACCES) in"),
        (OSError("secret"), "OSError in"),
        (OSError("secret", "secret"), "OSError in"),
        (OSError(["secret"], "secret"), "OSError in"),
        (OSError(99999, "secret"), "OSError in"),
        (ssl.SSLError(1, "secret"), "SSLError in"),
        (socket.gaierror(8, "secret"), "gaierror in"),
        (ValueError("secret"), "ValueError in"),
    ],
)
def test_of_an_error_of_the_operating_system_its_word_is_shown(error: Exception, begins: str) -> None:
    told = without_text(error)
    assert told.split("\n")[0] == begins
    assert "secret" not in told


def test_so_is_that_of_what_an_error_came_from(tmp_path: Path) -> None:
    try:
        try:
            (tmp_path / "of-mine").read_text()
        except OSError as error:
            raise LookupError from error
    except LookupError as error:
        told = without_text(error)
    assert "\n  which came from FileNotFoundError (ENOENT) in\n" in told
    assert str(tmp_path) not in told
