import argparse
import json
from datetime import datetime

import pytest

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.cmd import deadletters
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.testing import FakeZaqar

QUEUE = ids.stack_queue("11111111-1111-4111-8111-111111111111")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
BODY = {"RequestId": "r", "ResponseURL": "https://heat/secret-of-mine"}


@pytest.fixture
def zaqar() -> FakeZaqar:
    return FakeZaqar(lambda: 0.0)


def set_aside(zaqar: FakeZaqar, reason: str) -> None:
    message = Message(queue=QUEUE, message_id=Secret("m"), claim_id=None, body=BODY, age=0, ttl=60)
    zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason=reason, now=NOW), ttl=60)


def told(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = argparse.ArgumentParser()
    deadletters.add_arguments(parser)
    args = parser.parse_args(words)
    assert args.action(zaqar, args) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("words", [["list"], ["redrive", "all"], ["purge", "all"]])
def test_where_there_is_none_it_says_so(words: list[str], zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(zaqar, capsys, *words) == "none\n"


def test_each_is_one_line_below_a_header(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    set_aside(zaqar, "no \x1b[31m request")
    set_aside(zaqar, "another")
    header, *lines = told(zaqar, capsys, "list").splitlines()
    assert header.split() == ["Name", "Set", "aside", "at", "Queue", "Reason"]
    assert [line.split()[1:3] for line in lines] == [["2030-01-01T00:00:00+00:00", QUEUE]] * 2
    assert all(line.isprintable() for line in lines)
    assert header.index("Reason") == lines[1].index("another")


def test_a_machine_reads_them_as_json(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(zaqar, capsys, "list", "-f", "json")) == []
    set_aside(zaqar, "why")
    (entry,) = json.loads(told(zaqar, capsys, "list", "-f", "json"))
    assert (entry["queue"], entry["reason"], entry["set_aside_at"]) == (QUEUE, "why", NOW.isoformat())


def test_one_is_shown_without_its_response_url(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    set_aside(zaqar, "why")
    (entry,) = json.loads(told(zaqar, capsys, "list", "-f", "json"))
    shown = told(zaqar, capsys, "show", entry["name"])
    assert json.loads(shown)["body"]["RequestId"] == "r"
    assert "secret-of-mine" not in shown


def test_one_is_deleted_by_its_name_and_the_others_stay(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    set_aside(zaqar, "why")
    set_aside(zaqar, "another")
    first, _second = json.loads(told(zaqar, capsys, "list", "-f", "json"))
    assert told(zaqar, capsys, "purge", first["name"]) == f"{first['name']} is deleted\n"
    (left,) = json.loads(told(zaqar, capsys, "list", "-f", "json"))
    assert left["reason"] == "another"


def test_one_that_is_put_back_is_in_its_queue_again(zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    set_aside(zaqar, "why")
    assert f"is back in {QUEUE}" in told(zaqar, capsys, "redrive", "all")
    assert (zaqar.count(QUEUE), zaqar.count(ids.DEAD_LETTER_QUEUE)) == (1, 0)


@pytest.mark.parametrize("words", [["show", "nobody"], ["show", "all"], ["purge", "nobody"]])
def test_an_unknown_name_is_an_error(words: list[str], zaqar: FakeZaqar, capsys: pytest.CaptureFixture[str]) -> None:
    if words[1] == "nobody":
        set_aside(zaqar, "why")
    with pytest.raises((errors.NotFound, ValueError)):
        told(zaqar, capsys, *words)
