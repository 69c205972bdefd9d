"""What runs had is kept as it happens, and told by the page's tables."""

from pathlib import Path

from faults.journal import Ended, Fault, Recovery, add, read, tables
from releases.page import written
from standalone import ROOT

KILLED = Fault("host 1 killed", 40.0, Recovery(31.0, seen=True))
SLOW = Fault("host 1 killed", 60.0, Recovery(90.0, seen=False))
PARTED = Fault("hosts 1 and 2 parted", 130.0, Recovery(12.5, seen=True))
RUN = Ended(
    seed=7, after=2, minutes=41.2, faults=3, requests=300, executions=300, made=120, deleted=120, left=0, twice=0,
    asked_again=4, wrong=0,
)  # fmt: skip


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    kept = tmp_path / "new" / "kept.jsonl"
    assert read(kept) == []
    for entry in (KILLED, RUN):
        add(kept, entry)
    assert read(kept) == [KILLED, RUN]


def test_the_tables_tell_of_each_run_and_of_each_kind_of_fault() -> None:
    found = tables([KILLED, PARTED, RUN, SLOW])
    assert "| 7, from fault 3 on | 41 | 3 | 300 | 300 | 120 | 120 | 0 | 0 | 4 | 0 |" in found["hostruns"]
    assert "| host 1 killed | 2 | 50.0 | > 90.0 | > 90.0 |" in found["hosts"]
    assert "| hosts 1 and 2 parted | 1 | 130.0 | 12.5 | 12.5 |" in found["hosts"]


def test_the_page_has_a_place_for_them() -> None:
    page = written((ROOT / "docs" / "explanation" / "guarantees.md").read_text(), tables([KILLED, RUN]))
    assert tables([KILLED])["hosts"] in page
    assert tables([RUN])["hostruns"] in page
