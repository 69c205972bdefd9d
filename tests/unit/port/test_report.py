import json

from customresource_bridge.port.report import Report, SourceLocation

THERE = SourceLocation("T", 4)


def test_findings_come_in_the_templates_order_and_each_once() -> None:
    report = Report()
    report.lost("B", THERE.at(9), "r", "m")
    report.note("A", THERE, "r")
    report.lost("B", THERE.at(9), "r", "m")
    assert [(f.construct, f.line) for f in report] == [("A", 4), ("B", 9)]


def test_only_more_than_a_note_needs_attention() -> None:
    report = Report()
    report.note("A", THERE, "r")
    assert not report.needs_attention
    report.todo("A", THERE, "r", "m")
    assert report.needs_attention


def test_a_finding_is_one_line_for_an_editor() -> None:
    report = Report()
    report.todo("Fn::X", THERE, "why", "what to do")
    report.note("Y", SourceLocation("U", 0), "why")
    assert [finding.to_text("t.yaml") for finding in report] == [
        "t.yaml: note: U: Y: why",
        "t.yaml:4: todo: T: Fn::X: why; what to do",
    ]


def test_a_finding_is_json_for_a_machine() -> None:
    report = Report()
    report.lost("X", THERE, "why", "what")
    (finding,) = report
    assert json.loads(json.dumps(finding.to_dict())) == {
        "level": "lost",
        "construct": "X",
        "resource": "T",
        "line": 4,
        "reason": "why",
        "remedy": "what",
        "blocks": False,
        "template": "",
    }


def test_an_unknown_line_leaves_a_location_as_it_is() -> None:
    assert THERE.at(0) is THERE
    assert THERE.at(7) == SourceLocation("T", 7)


def test_a_finding_about_a_nested_template_stands_behind_those_about_the_first_one() -> None:
    nested, report = Report(), Report()
    nested.note("X", SourceLocation("A", 1), "why")
    report.include(nested, "inner/t.yaml")
    report.note("Y", SourceLocation("B", 9), "why")
    places = [finding.to_text("app/t.yaml").split(": ")[0] for finding in report]
    assert places == ["app/t.yaml:9", "app/inner/t.yaml:1"]


def test_what_is_lost_may_block() -> None:
    report = Report()
    report.lost("X", THERE, "why", "what", blocks=True)
    (finding,) = report
    assert (str(finding.level), finding.blocks) == ("lost", True)
