"""A result is read by people and by scripts."""

from customresource_bridge.cmd.check.result import CheckResult


def test_what_is_well_has_its_note_for_people_alone() -> None:
    result = CheckResult("bridges", note="1, on desk")
    assert result.shown == ("ok", "bridges", "1, on desk")
    assert result.row == (True, "bridges", None)


def test_a_warning_is_shown_and_fails_nothing() -> None:
    result = CheckResult("bridges", warning="none was seen")
    assert result.shown == ("warning", "bridges", "none was seen")
    assert result.row == (True, "bridges", "none was seen")


def test_a_problem_is_wrong_for_both() -> None:
    result = CheckResult("clock", "it is ahead", note="not shown")
    assert result.shown == ("WRONG", "clock", "it is ahead")
    assert result.row == (False, "clock", "it is ahead")
