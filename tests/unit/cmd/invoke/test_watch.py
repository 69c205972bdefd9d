"""A change is noticed, whatever it is, and what is not the handler's own is not looked at."""

import os
from pathlib import Path

from customresource_bridge.cmd.invoke.watch import EVERY, times, wait_for_change


def test_a_change_a_new_file_and_one_that_is_gone_are_noticed(tmp_path: Path) -> None:
    code, event = tmp_path / "zones.py", tmp_path.parent / "create.event"
    code.write_text("")
    event.write_text("")
    before = times(tmp_path, [event])
    assert set(before) == {str(code), str(event)}
    os.utime(event, ns=(1, 1))
    (tmp_path / "new.py").write_text("")
    code.unlink()
    changed = wait_for_change(before, lambda: times(tmp_path, [event]), sleep=lambda _seconds: None)
    assert changed == sorted(map(str, [code, event, tmp_path / "new.py"]))


def test_it_waits_until_then() -> None:
    looks, pauses = [{"a": 1}, {"a": 1}, {"a": 2}], []
    assert wait_for_change({"a": 1}, lambda: looks.pop(0), sleep=pauses.append) == ["a"]
    assert pauses == [EVERY, EVERY]


def test_what_is_not_the_handler_s_own_is_not_looked_at(tmp_path: Path) -> None:
    for name in ("venv/a.py", ".git/a.py", "node_modules/a.js", "zones/example.org", "a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert times(tmp_path, [tmp_path / "nowhere"]) == {}
