"""A provider is killed while a request waits, for isComplete or for crhelper's poll: the next one goes on with it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from functional.gateway import installed
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.protocol import Secret
from customresource_bridge.testing import FakeZaqar, a_request

JOBS = """
from pathlib import Path

def on_event(event, context):
    with Path("calls").open("a") as calls:
        calls.write(event["RequestType"] + " ")
    return {"PhysicalResourceId": "job-1", "Data": {"A": "1"}, "Job": 7}

def is_complete(event, context):
    assert event["Job"] == 7
    Path("looked").touch()
    return {"IsComplete": True, "Data": {"B": "2"}} if Path("done").exists() else {"IsComplete": False}
"""
POLLED = """
from pathlib import Path

from crhelper import CfnResource

helper = CfnResource()

@helper.create
def create(event, context):
    with Path("calls").open("a") as calls:
        calls.write(event["RequestType"] + " ")
    helper.Data["A"] = "1"
    return "job-1"

@helper.poll_create
def poll_create(event, context):
    Path("looked").touch()
    helper.Data["B"] = "2"
    return Path("done").exists()

def on_event(event, context):
    helper(event, context)
"""
SIGNED = {
    "project": "p",
    "signature": "s",
    "expires": "2100-01-01T00:00:00",
    "methods": ["GET", "POST", "PATCH", "DELETE"],
    "paths": ["/v2/queues/jobs/claims", "/v2/queues/jobs/messages"],
}


class Services:
    """Zaqar and a ResponseURL over HTTP, as far as a provider needs them."""

    def __init__(self, server: HTTPServer) -> None:
        self.queue, self.answers = FakeZaqar(time.time), list[dict[str, Any]]()
        server.expect_request(re.compile("/v2/queues/jobs/claims"), method="POST").respond_with_handler(self._claim)
        server.expect_request(re.compile("/v2/queues/jobs/claims/.*")).respond_with_data("", 204)
        server.expect_request(re.compile("/v2/queues/jobs/messages/.*")).respond_with_data("", 204)
        server.expect_request("/v1/responses/here", method="PUT").respond_with_handler(self._put)

    def _claim(self, _request: Request) -> Response:
        message = self.queue.claim_one("jobs", ttl=60)
        if message is None:
            return Response("", 204)
        assert message.claim_id is not None
        place = f"/v2/queues/jobs/messages/{message.message_id.reveal()}?claim_id={message.claim_id.reveal()}"
        found = {"href": place, "body": message.body, "age": 0, "ttl": 600}
        return Response(json.dumps({"messages": [found]}), 201, content_type="application/json")

    def _put(self, request: Request) -> Response:
        self.answers.append(json.loads(request.data))
        return Response("taken")


@contextmanager
def provider(folder: Path, server: HTTPServer, *more: str, killed: bool) -> Iterator[None]:
    """Run a provider while the block lasts; its end is a SIGTERM, or a SIGKILL that it does not notice."""
    words = [sys.executable, "-m", "customresource_bridge.cmd.main", "provider", "--handler", "jobs:on_event"]
    words += ["--signed-url-file", "signed.json", "--zaqar-url", server.url_for(""), "--query-interval", "3"]
    words += ["--allowed-base", server.url_for(""), *more]
    path = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")]))
    environ = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "PYTHONPATH": path}
    with (folder / "provider.log").open("a") as log:
        process = subprocess.Popen(words, cwd=folder, env=environ, stdout=log, stderr=log)  # noqa: S603 - our program
    try:
        yield
    finally:
        (process.kill if killed else process.terminate)()
        code = process.wait(60)
    assert code == (-9 if killed else 0), (folder / "provider.log").read_text()


def wait_for(happened: Callable[[], Any], folder: Path) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, (folder / "provider.log").read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("style", ["cdk", "crhelper"])
def test_what_waits_is_gone_on_with_and_nothing_is_made_twice(
    style: str, httpserver: HTTPServer, tmp_path: Path
) -> None:
    services = Services(httpserver)
    (tmp_path / "jobs.py").write_text({"cdk": JOBS, "crhelper": POLLED}[style])
    more = ("--style", style, "--python", str(installed.python()) if style == "crhelper" else sys.executable)
    (tmp_path / "signed.json").write_text(json.dumps(SIGNED))
    request = replace(a_request("Create"), response_url=Secret(httpserver.url_for("/v1/responses/here")))
    services.queue.post("jobs", request.to_dict(), ttl=600)
    with provider(tmp_path, httpserver, *more, killed=True):
        wait_for((tmp_path / "looked").exists, tmp_path)
        time.sleep(1)  # between two looks: one that is broken off is held for three quarters of a minute
    services.queue.post("jobs", request.to_dict(), ttl=600)  # as Heat does for what is not answered
    with provider(tmp_path, httpserver, *more, killed=False):
        (tmp_path / "done").touch()
        wait_for(lambda: services.answers, tmp_path)
        wait_for(lambda: ": SUCCESS was taken" in (tmp_path / "provider.log").read_text(), tmp_path)
    (answer,) = services.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "job-1")
    assert answer["Data"] == {"A": "1", "B": "2"}
    assert (tmp_path / "calls").read_text().split() == ["Create"]
