"""crhelper itself, unmodified: what it has AWS do is done by the provider."""

import json
from pathlib import Path
from typing import Any

from functional.gateway import installed

from customresource_bridge.protocol import Response
from customresource_bridge.provider.ending import Loaded
from customresource_bridge.provider.handler_calls import HandlerCalls, Unfinished
from customresource_bridge.provider.runner import HandlerSpec, load, run
from customresource_bridge.provider.style import Style
from customresource_bridge.testing import a_request

JOBS = """
from pathlib import Path

from crhelper import CfnResource

helper = CfnResource(polling_interval=1)


@helper.create
def create(event, context):
    with Path("made").open("a") as made:
        made.write("job ")
    helper.Data["Job"] = "7"
    return "job-1"


@helper.poll_create
def poll_create(event, context):
    if Path("broken").exists():
        raise ValueError("no quota")
    assert event["CrHelperData"]["Job"] == "7"
    return Path("done").exists()


@helper.delete
def delete(event, context):
    Path("deleted").write_text(event["PhysicalResourceId"])


def handler(event, context):
    helper(event, context)
"""


def test_crhelper_polls_answers_and_deletes_without_aws(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    lines: list[str] = []
    spec = HandlerSpec(
        name="jobs:handler",
        folder=tmp_path,
        python=str(installed.python()),
        crhelper=True,
        environment={"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"},
    )
    assert load(spec, show=lines.append) == Loaded(crhelper=True, polls_every=60.0), lines
    calls = HandlerCalls(
        run=lambda event, seconds: run(spec, event, seconds=seconds, show=lines.append),
        style=Style.CRHELPER,
        polls=True,
    )

    def began(kind: str, **more: Any) -> Response | Unfinished:
        request = a_request(kind, **more)
        return calls.begin(request, json.dumps(request.to_dict()), seconds=60)

    unfinished = began("Create")
    assert isinstance(unfinished, Unfinished), lines
    assert calls.look(unfinished, seconds=60) is None
    (tmp_path / "broken").touch()
    failed = calls.look(unfinished, seconds=60)
    assert failed is not None
    assert (str(failed.status), failed.reason, failed.physical_resource_id) == ("FAILED", "no quota", "job-1")
    (tmp_path / "broken").unlink()
    (tmp_path / "done").touch()
    done = calls.look(unfinished, seconds=60)
    assert done is not None
    assert (str(done.status), done.physical_resource_id, done.data) == ("SUCCESS", "job-1", {"Job": "7"})
    assert (tmp_path / "made").read_text() == "job "
    deleted = began("Delete", physical_resource_id="job-1")
    assert isinstance(deleted, Response), lines
    assert (str(deleted.status), (tmp_path / "deleted").read_text()) == ("SUCCESS", "job-1")
