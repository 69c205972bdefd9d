"""An event is read as it is, or as AWS's documents show it."""

import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from customresource_bridge.cmd.invoke.event_file import read_event, request_in
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.testing import a_request

NOW = datetime.now(UTC).replace(microsecond=0)
AWS = {
    "RequestType": "Create",
    "ResponseURL": "http://pre-signed-S3-url-for-response",
    "StackId": "arn:aws:cloudformation:us-west-2:123456789012:stack/stack-name/guid",
    "RequestId": "unique id for this create request",
    "ResourceType": "Custom::TestResource",
    "LogicalResourceId": "MyTestResource",
    "ResourceProperties": {"Name": "Value", "List": ["1", "2", "3"]},
}


def test_one_of_ours_is_taken_as_it_is_but_for_its_url() -> None:
    request = a_request("Update", properties={"Name": "x"})
    read = request_in(json.dumps(request.to_dict()), now=NOW)
    assert read.identity == request.identity
    assert read.extras == request.extras
    assert read.response_url != request.response_url


def test_one_of_aws_s_gets_an_hour() -> None:
    read = request_in(json.dumps(AWS), now=NOW)
    assert (read.request_id, read.extras.deadline) == (AWS["RequestId"], NOW + timedelta(hours=1))


def test_one_that_is_old_gets_another_hour() -> None:
    read = request_in(json.dumps(a_request("Create").to_dict()), now=NOW + timedelta(days=1))
    assert read.extras.deadline == NOW + timedelta(days=1, hours=1)


def test_a_few_words_by_hand_are_enough() -> None:
    assert request_in('{"RequestType": "Create"}', now=NOW).logical_resource_id == "Thing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "RequestType"),
        ('{"RequestType": "Delete"}', "PhysicalResourceId"),
    ],
)
def test_what_is_none_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        request_in(text, now=NOW)


def test_it_comes_from_a_file_or_from_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "create.json").write_text("{}")
    assert read_event(tmp_path / "create.json") == "{}"
    monkeypatch.setattr("sys.stdin", io.StringIO("[]"))
    assert read_event(Path("-")) == "[]"
    with pytest.raises(ConfigurationError, match="nowhere"):
        read_event(tmp_path / "nowhere")
