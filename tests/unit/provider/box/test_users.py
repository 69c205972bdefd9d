import os
import pwd
from pathlib import Path

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider.box.users import ThreadCount, threads_of, user_named


def process(proc: Path, pid: str, *, uid: int, threads: int) -> None:
    (proc / pid).mkdir()
    (proc / pid / "status").write_text(f"Name:\todd: name\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nThreads:\t{threads}\n")


def test_a_user_s_threads_are_counted_as_far_as_they_are_seen(tmp_path: Path) -> None:
    process(tmp_path, "1", uid=0, threads=50)
    process(tmp_path, "12", uid=7, threads=3)
    process(tmp_path, "13", uid=7, threads=1)
    (tmp_path / "14").mkdir()  # it has ended meanwhile
    (tmp_path / "self").mkdir()
    assert threads_of(7, tmp_path) == 4


def test_they_are_counted_once_a_minute() -> None:
    counted, now = list[int](), 0.0

    def count(uid: int) -> int:
        counted.append(uid)
        return len(counted)

    threads = ThreadCount(count=count, clock=lambda: now)
    assert [threads.of(7), threads.of(7), threads.of(8)] == [1, 1, 2]
    now = 61.0
    assert threads.of(7) == 3


def test_a_user_that_none_can_become_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="--user nobody: only root"):
        user_named("nobody", option="--user")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ConfigurationError, match="no such user"):
        user_named("no-such-user-here", option="--user")
    with pytest.raises(ConfigurationError, match="less than root"):
        user_named(pwd.getpwuid(0).pw_name, option="--user")


def test_a_user_has_its_own_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    user = user_named("nobody", option="--user")
    assert user.uid != 0
    assert user.gid in user.groups
