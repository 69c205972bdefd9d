from visibility_parts import ago

from customresource_bridge.osc.columns import OneLine, Seconds, Steps, Text
from customresource_bridge.visibility.detail import RequestStep


def test_a_person_reads_a_dash_and_a_machine_nothing_where_nothing_is_known() -> None:
    for column in (Text(""), OneLine(""), Seconds(None)):
        assert (column.human_readable(), column.machine_readable()) == ("-", None)


def test_a_table_has_the_beginning_of_a_reason_and_a_machine_the_whole() -> None:
    reason = "first line\n" + "x" * 200
    column = OneLine(reason)
    assert len(column.human_readable()) == 100
    assert column.human_readable().startswith("first line xxx")
    assert column.machine_readable() == reason


def test_what_is_not_known_is_sorted_last() -> None:
    assert [column.machine_readable() for column in sorted(map(Seconds, (5, None, 1)))] == [1, 5, None]


def test_steps_are_lines_and_objects() -> None:
    column = Steps([RequestStep(at=ago(60), service="Heat", text="r CREATE_FAILED: two\nlines")])
    assert column.human_readable() == "11:59:00 Heat: r CREATE_FAILED: two lines"
    assert column.machine_readable()[0]["at"] == "2030-01-01T11:59:00+00:00"
    assert Steps([]).human_readable() == "none"
