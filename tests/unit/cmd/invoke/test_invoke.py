"""What is shown of an answer may be read by anybody, and by any terminal."""

import json
from typing import Any

import pytest

from customresource_bridge.cmd import invoke
from customresource_bridge.cmd.invoke.trial import TrialResult
from customresource_bridge.protocol import Response, Status
from customresource_bridge.testing import a_request

IDENTITY = a_request("Create").identity


def shown(capsys: pytest.CaptureFixture[str], **answer: Any) -> str:
    response = Response(status=Status.SUCCESS, identity=IDENTITY, **answer)
    invoke._show(TrialResult(response=response, how="by what it returned"), 0.1)
    return capsys.readouterr().out


def test_the_answer_is_json_with_its_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, data={"Address": "größe"}))["Data"] == {"Address": "größe"}


def test_the_data_of_a_no_echo_answer_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    written = shown(capsys, no_echo=True, physical_resource_id="id-1", data={"Password": "s3cret", "Keys": ["s3cret"]})
    assert "s3cret" not in written
    answer = json.loads(written)
    assert answer["Data"] == {"Password": "****", "Keys": "****"}
    assert (answer["NoEcho"], answer["PhysicalResourceId"]) == (True, "id-1")


def test_nothing_of_a_handler_s_is_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    written = shown(capsys, reason="done\x1b]0;title\x07", data={"A\x9b2J": "\u202egnp.exe"})
    assert all(line.isprintable() for line in written.split("\n"))
    assert json.loads(written)["Data"] == {"A\x9b2J": "\u202egnp.exe"}
