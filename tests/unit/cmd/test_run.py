from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.cmd import common, run

AWAY = errors.ServiceUnavailable("Keystone", "issue a token", "no connection")
REFUSED = errors.Unauthorized("Keystone", "issue a token", "wrong password")


class Impatient(Event):
    """A stop that is waited for in no time."""

    def __init__(self, *, after: int) -> None:
        super().__init__()
        self._left = after

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        self._left -= 1
        if self._left < 0:
            self.set()
        return self.is_set()


def project(monkeypatch: pytest.MonkeyPatch, *problems: Exception, stop: Event) -> Any:
    left, made = list(problems), SimpleNamespace(id="p")

    def ask(*_args: Any) -> Any:
        if left:
            raise left.pop(0)
        return made

    monkeypatch.setattr(common, "project", ask)
    return run._project(None, None, stop)


def test_it_waits_for_keystone_and_begins_once_it_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert project(monkeypatch, AWAY, AWAY, stop=Impatient(after=5)).id == "p"
    assert caplog.text.count("cannot begin yet") == 2


def test_a_stop_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert project(monkeypatch, *[AWAY] * 10, stop=Impatient(after=2)) is None


def test_what_no_later_try_would_change_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.Unauthorized):
        project(monkeypatch, REFUSED, stop=Impatient(after=5))
