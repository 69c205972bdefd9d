"""A process's file is there as a whole or not at all, and a dead process's goes."""

import logging
import os
import stat
from pathlib import Path

import pytest

from customresource_bridge.exposition.textfile import STALE, Textfile


def test_the_file_is_replaced_as_a_whole_and_node_exporter_may_read_it(tmp_path: Path) -> None:
    texts = iter([b"a 1\n", b"a 2\n"])
    file = Textfile(tmp_path, "heat", lambda: next(texts))
    file.write()
    file.write()
    (found,) = tmp_path.iterdir()
    assert found == file.path
    assert found.name.startswith("customresource_heat_")
    assert found.name.endswith(f"_{os.getpid()}.prom")
    assert found.read_bytes() == b"a 2\n"
    assert stat.S_IMODE(found.stat().st_mode) == 0o644


def test_files_of_the_dead_go_and_those_of_others_stay(tmp_path: Path) -> None:
    dead, half, alive, foreign = (
        tmp_path / name
        for name in (
            "customresource_heat_h_1.prom",
            "customresource_heat_x.new",
            "customresource_heat_h_2.prom",
            "a.prom",
        )
    )
    for path in (dead, half, alive, foreign):
        path.write_text("")
    for path in (dead, half, foreign):
        long_ago = path.stat().st_mtime - STALE - 1
        os.utime(path, (long_ago, long_ago))
    file = Textfile(tmp_path, "heat", lambda: b"")
    file.write()
    assert set(tmp_path.iterdir()) == {alive, foreign, file.path}


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = Textfile(tmp_path / "absent", "heat", lambda: b"")
    with caplog.at_level(logging.WARNING):
        file.write()
        file.write()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    (tmp_path / "absent").mkdir()
    file.write()
    assert file.path.is_file()


def test_a_text_that_cannot_be_made_leaves_nothing_behind_and_is_said_without_what_it_quotes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bytes:
        said = "hid" + "den"
        raise RuntimeError(said)

    Textfile(tmp_path, "heat", fail).write()
    assert list(tmp_path.iterdir()) == []
    assert "RuntimeError in" in caplog.text
    assert "hidden" not in caplog.text


def test_it_is_started_once_in_a_process_and_once_more_in_its_child(tmp_path: Path) -> None:
    pids, begun = iter([7, 7, 8, 8]), []
    file = Textfile(tmp_path, "heat", lambda: b"", pid=lambda: next(pids), begin=begun.append)
    for _ in range(4):
        file.start()
    assert len(begun) == 2


def test_where_no_thread_can_be_had_nothing_else_is_harmed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_run: object) -> None:
        raise RuntimeError("can't start new thread")

    Textfile(tmp_path, "heat", lambda: b"", begin=fail).start()
    assert "can't start new thread" in caplog.text
