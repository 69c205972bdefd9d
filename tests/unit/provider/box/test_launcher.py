import json
import os
from pathlib import Path

import pytest

from customresource_bridge.provider.box.launcher import BoxedRun, BoxEnd, BoxSpec
from customresource_bridge.provider.box.users import User


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (b'{"status": -9}', BoxEnd(status=-9)),
        (b'{"killed": "time"}', BoxEnd(killed="time")),
        (b'{"problem": "Permission denied"}', BoxEnd(problem="Permission denied")),
        (b"", BoxEnd(killed="provider")),
        (b'{"status"', BoxEnd(killed="provider")),
        (b'{"other": 1}', BoxEnd(killed="provider")),
    ],
)
def test_an_end_is_read_and_none_is_one_too(told: bytes, end: BoxEnd) -> None:
    assert BoxEnd.parse(told) == end


def test_a_keeper_that_tells_nothing_is_waited_for_no_longer_than_the_deadline() -> None:
    told, writing = os.pipe()
    lost: list[str] = []
    run = BoxedRun(
        output=-1, answer=-1, _told=told, _ends_at=float("-inf"), _keeper_is_lost=lambda: lost.append("replaced")
    )
    assert run.wait() == BoxEnd(killed="time")
    assert lost == ["replaced"], "by what was stopped, no other handler is started"
    os.close(writing)


def test_the_forkserver_is_told_all() -> None:
    user = User(name="n", home="/h", uid=7, gid=8, groups=(8, 9))
    spec = BoxSpec(
        argv=["python", "invoke.py"],
        folder=Path("/f"),
        environment={"TOKEN": "s3cr3t\udc80"},
        ends_at=12.5,
        limits={4: 0},
        processes=3,
        user=user,
    )
    read = json.loads(spec.to_json())
    assert read["argv"] == ["python", "invoke.py"]
    assert read["environment"] == {"TOKEN": "s3cr3t\udc80"}
    assert (read["cwd"], read["ends_at"], read["limits"], read["processes"]) == ("/f", 12.5, {"4": 0}, 3)
    assert read["user"] == {"uid": 7, "gid": 8, "groups": [8, 9]}
    assert "s3cr3t" not in repr(spec)
