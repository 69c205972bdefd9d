import json

import pytest

from customresource_bridge.cmd.terminal import json_text, table
from customresource_bridge.protocol.printing import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("größe 日本", "größe 日本"),
        ("a\n\tb\x85c\u2028d", "a  b c d"),
        ("\x1b[31m\x07\x9b2J\u202e\x00", "?[31m??2J??"),
    ],
)
def test_a_line_holds_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert one_line(text).isprintable()


def test_columns_are_as_wide_as_their_widest_text() -> None:
    assert table(["Name", "Why"], [["a", "one"], ["longer", ""]]) == "Name    Why\na       one\nlonger"


def test_a_table_of_nothing_is_its_header() -> None:
    assert table(["Name", "Why"], []) == "Name  Why"


HOSTILE = "größe 日本 \x1b]0;title\x07 \x9b2J \u202egnp\u2066 \u2028 \U000e0041 \ud83d"


def test_json_holds_nothing_that_a_terminal_obeys_and_is_read_as_it_was() -> None:
    value = {HOSTILE: [HOSTILE, 1, None]}
    text = json_text(value)
    assert all(line.isprintable() for line in text.split("\n"))
    assert "größe 日本" in text
    assert json.loads(text) == value
