from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from bench.report import Bars, Report, Table

TABLE = Table(["thing", "figure"], [["a|b", "1.0"], ["c", "20"]], "What it is.")
BARS = Bars("seconds", ["one", "two"], {"ours": [1.0, 2.0], "theirs": [2.0, 3.0]}, target=1.5)


def test_a_table_is_markdown() -> None:
    assert TABLE.markdown().splitlines() == [
        "| thing | figure |",
        "| --- | ---: |",
        "| a\\|b | 1.0 |",
        "| c | 20 |",
        "",
        "What it is.",
    ]


def test_a_plot_is_a_picture_that_fetches_and_runs_nothing() -> None:
    picture = BARS.svg().decode()
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - we wrote it
    assert "<script" not in picture
    assert "href=" not in picture
    assert "target 1.5" in picture
    assert BARS.svg().decode() == picture


def test_a_report_is_written_only_where_it_is_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("some", [TABLE], {"seconds": BARS})
    report.publish(None)
    assert "| c | 20 |" in capsys.readouterr().out
    report.publish(tmp_path / "figures")
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"some.md", "some-seconds.svg"}
    text = (tmp_path / "figures" / "some.md").read_text()
    assert "](some-seconds.svg)" in text
    assert "cores" in text
