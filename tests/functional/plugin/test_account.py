"""What a handler makes after its request was given up: with the real bridge, and a workflow whose action is slow."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from functional import bridge_process
from functional.plugin.plays_failure import derived
from functional.plugin.situations import World
from functional.plugin.stacks import hot

WORKFLOW = """
version: '2.0'

account_slow:
  description: Makes a thing by one action, which goes on when the execution is cancelled.
  input:
    - request
  tasks:
    act:
      action: std.http
      input:
        url: <% $.request.ResourceProperties.Url %>
        method: POST
        body: <% $.request %>
        timeout: 60
"""


class Maker:
    """What the workflow's action calls: slow to create, quick to delete."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        maker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                maker.asked.append(request)
                if request["RequestType"] == "Create":
                    time.sleep(18)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()

    def lines(self) -> list[str]:
        return [f"{r['RequestType']} {r.get('PhysicalResourceId', r['RequestId'])}" for r in self.asked]


@pytest.fixture
def maker(tenant_project: Any, bridge_log: Path) -> Iterator[Maker]:
    tenant_project.upload(WORKFLOW)
    made = Maker()
    with bridge_process.bridge(bridge_log, environ=bridge_process.environment()):
        yield made
    made.close()


def test_every_create_that_timed_out_gets_its_delete(w: World, maker: Maker) -> None:
    def template(size: int, *, fail: bool) -> dict[str, Any]:
        slow = {
            "type": "Custom::Thing",
            "properties": {"ServiceToken": "mistral:account_slow", "ServiceTimeout": 8, "Url": maker.url, "Size": size},
        }
        other = {"type": "OS::Heat::TestResource", "properties": {"value": str(size), "fail": fail}}
        return hot({"r0": slow, "r1": other})

    stack = w.stacks.create(template(0, fail=False)).wait("CREATE_FAILED")
    for size in (1, 2):
        stack.update(template(size, fail=True), disable_rollback=False).wait("ROLLBACK_FAILED")
    stack.delete().wait("DELETE_COMPLETE")
    creates = [r for r in maker.asked if r["RequestType"] == "Create"]
    deletes = [r for r in maker.asked if r["RequestType"] == "Delete"]
    assert creates
    assert {derived(r) for r in creates} <= {r["PhysicalResourceId"] for r in deletes}, maker.lines()
