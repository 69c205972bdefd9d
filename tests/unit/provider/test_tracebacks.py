"""A traceback is one record, and whatever else is printed stays what it is."""

import pytest

from customresource_bridge.provider.tracebacks import records

TRACE = [
    "Traceback (most recent call last):",
    '  File "/srv/zones.py", line 3, in handler',
    "    raise ValueError(name)",
    "          ^^^^^^^^^^^^^^^^",
    "ValueError: nonsense",
]


def test_a_traceback_is_one_text_and_the_lines_around_it_are_themselves() -> None:
    found = list(records(["before", *TRACE, "  after", "", *TRACE]))
    assert found == ["before", "\n".join(TRACE), "  after", "", "\n".join(TRACE)]


@pytest.mark.parametrize("cut", [1, 3])
def test_one_that_breaks_off_is_not_lost(cut: int) -> None:
    assert list(records(TRACE[:cut])) == ["\n".join(TRACE[:cut])]


def test_lines_are_passed_on_as_they_come() -> None:
    lines = iter(["one", "two"])
    assert next(records(lines)) == "one"
    assert next(lines) == "two"


def test_what_only_claims_to_be_one_is_given_in_pieces() -> None:
    endless = [TRACE[0], *(f"  line {number}" for number in range(1000))]
    assert all(len(text.splitlines()) <= 400 for text in records(endless))
    assert [line for text in records(endless) for line in text.splitlines()] == endless
