"""The page "A stack hangs" quotes what the program says, word for word, and leads from there to one of its steps."""

import ast
import re

import pages
import pytest

PAGE = "docs/how-to/a-stack-hangs.md"
ROW = re.compile(r"^ *\| (.+?) \| (.+?) \|(?: (.+?) \|)?$", re.MULTILINE)
QUOTED = re.compile(r"`([^`]+)`")
TEXT = pages.read(PAGE)
ROWS = [row for row in ROW.findall(TEXT) if not row[0].startswith("---")]


def said() -> list[str]:
    """Return every text in the program's code; a part of an f-string is one by itself."""
    modules = sorted((pages.ROOT / "customresource_bridge").rglob("*.py"))
    return [
        node.value
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def quotations() -> list[str]:
    return [text for first, _, _ in ROWS for text in QUOTED.findall(first)]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return said()


def test_it_quotes_a_good_deal() -> None:
    assert len(quotations()) > 15


@pytest.mark.parametrize("quotation", quotations())
def test_a_quotation_is_what_the_program_says(quotation: str, texts: list[str]) -> None:
    fragments = [fragment.strip(" ,:") for fragment in quotation.split("...")]
    words = [word for fragment in fragments for word in fragment.split(" PAUSED") if word]  # a state of Mistral's
    assert words
    for word in words:
        assert any(word in text for text in texts), f"no part of the program says {word!r}"


def test_each_row_of_the_list_leads_to_a_step_that_there_is() -> None:
    steps = set(re.findall(r"^(\d)\. \*\*", TEXT, re.MULTILINE))
    led_to = [(cause, number) for _, cause, go in ROWS for number in re.findall(r"\b(\d)\b", go)]
    assert led_to
    assert [row for row in led_to if row[1] not in steps] == []
