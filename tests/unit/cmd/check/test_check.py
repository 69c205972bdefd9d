"""The command: the loop is closed where it is asked for, and where there is a cloud to close it in."""

import argparse
import json
from typing import Any

import pytest

from customresource_bridge.cmd import check, common
from customresource_bridge.cmd.check.loop import LoopCheck, LoopServices
from customresource_bridge.cmd.check.result import CheckResult
from customresource_bridge.errors import ConfigurationError


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what runs the command; of the loop the first hop is wrong."""

    def run(*options: str, problem: str | None = None) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setattr(common, "load", lambda _args, **_how: None)
        monkeypatch.setattr(common, "session", lambda _conf: None)
        monkeypatch.setattr(check, "check", lambda _conf, _session: [CheckResult("Keystone", problem)])
        monkeypatch.setattr(LoopServices, "from_session", lambda _conf, _session: None)
        monkeypatch.setattr(LoopCheck, "run", lambda _self: [CheckResult("loop: request", "not sent")])
        parser = argparse.ArgumentParser()
        check.add_arguments(parser)
        code = check.run(parser.parse_args(["-f", "json", *options]))
        return code, json.loads(capsys.readouterr().out)

    return run


def test_the_loop_is_closed_when_it_is_asked_for_alone(checked: Any) -> None:
    assert checked() == (0, [{"ok": True, "check": "Keystone", "problem": None}])
    code, said = checked("--loop")
    assert code == 1
    assert said[1:] == [{"ok": False, "check": "loop: request", "problem": "not sent"}]


def test_without_keystone_there_is_no_loop(checked: Any) -> None:
    code, said = checked("--loop", problem="no token")
    assert (code, len(said)) == (1, 1)


@pytest.mark.parametrize("seconds", ["4", "3601"])
def test_a_loop_that_takes_no_time_or_too_much_is_refused(seconds: str, checked: Any) -> None:
    with pytest.raises(ConfigurationError, match="give 5 to 3600 seconds"):
        checked("--loop", "--loop-timeout", seconds)
