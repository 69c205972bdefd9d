from datetime import datetime

import pytest

from customresource_bridge.compat import UTC, StrEnum, parse_moment


class Colour(StrEnum):
    RED = "red"


def test_a_text_that_is_a_kind_of_its_own_is_its_value_everywhere() -> None:
    assert (str(Colour.RED), f"{Colour.RED:>4}", Colour("red"), Colour.RED == "red") == (
        "red",
        " red",
        Colour.RED,
        True,
    )


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05z", "2026-01-02 05:04:05+02:00"])
def test_a_moment_may_end_in_its_offset_however_that_is_written(text: str) -> None:
    assert parse_moment(text) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_moment_without_an_offset_stays_without() -> None:
    assert parse_moment("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "Z", "noon", "2026-01-02T25:04:05Z"])
def test_what_is_no_moment_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - Pythons differ in their words
        parse_moment(text)
