"""What a handler makes after its request was given up: with the real bridge, and a workflow whose action is slow."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from functional import bridge_process
from functional.plugin.handler import wait_until
from functional.plugin.plays_failure import derived
from functional.plugin.situations import World
from functional.plugin.stacks import PATIENCE, hot

from customresource_bridge.compat import UTC

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
SERVICE_TIMEOUT = 8
TO_MAKE = 9
"""Seconds that a Create's action takes: its Create has timed out when the thing is there."""
LATE = 7
"""Seconds until another resource fails in the second update: the Create that this begins with is out by then."""


@dataclass(frozen=True)
class Deletion:
    """A Delete of a thing.

    :ivar waited: how many seconds of its own time were over before its action began.
    """

    at: float
    waited: float


class Maker:
    """What the workflow's action calls: slow to create, quick to delete. A thing is there from its action's end on."""

    def __init__(self) -> None:
        self.to_make = TO_MAKE
        self.creates: list[str] = []
        self.made: dict[str, float] = {}
        self.deletions: dict[str, list[Deletion]] = {}
        maker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                maker.act(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
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

    def act(self, request: dict[str, Any]) -> None:
        if request["RequestType"] == "Create":
            self.creates.append(derived(request))
            time.sleep(self.to_make)
            self.made[derived(request)] = time.time()
        else:
            left = datetime.fromisoformat(request["OpenStack"]["Deadline"]) - datetime.now(UTC)
            deletion = Deletion(time.time(), SERVICE_TIMEOUT - left.total_seconds())
            self.deletions.setdefault(request["PhysicalResourceId"], []).append(deletion)

    def rest(self) -> None:
        """Wait until no action is under way: what waits for its predecessor's then begins in time."""
        wait_until(lambda: len(self.made) == len(self.creates), PATIENCE, "each Create has made its thing")

    def left(self) -> dict[str, list[Deletion]]:
        """Return what was made, and not deleted after it was there, with its Deletes that came before."""
        deletions = {name: self.deletions.get(name, []) for name in self.made}
        return {name: known for name, known in deletions.items() if all(one.at < self.made[name] for one in known)}


@pytest.fixture
def maker(tenant_project: Any, bridge_log: Path) -> Iterator[Maker]:
    tenant_project.upload(WORKFLOW)
    made = Maker()
    with bridge_process.bridge(bridge_log, environ=bridge_process.environment()):
        yield made
    made.close()


def thing(maker: Maker, **properties: Any) -> dict[str, Any]:
    handled = {"ServiceToken": "mistral:account_slow", "ServiceTimeout": SERVICE_TIMEOUT, "Url": maker.url}
    return {"type": "Custom::Thing", "properties": {**handled, **properties}}


def test_every_thing_of_a_create_that_timed_out_is_deleted_or_an_event_names_it(w: World, maker: Maker) -> None:
    def template(size: int, *, fails_after: int | None = None) -> dict[str, Any]:
        fails = {"fail": fails_after is not None, "action_wait_secs": {"update": fails_after or 0}}
        other = {"type": "OS::Heat::TestResource", "properties": {"value": str(size), **fails}}
        return hot({"r0": thing(maker, Size=size), "r1": other})

    stack = w.stacks.create(template(0)).wait("CREATE_FAILED")
    for size, fails_after in ((1, 0), (2, LATE)):
        maker.rest()
        stack.update(template(size, fails_after=fails_after), disable_rollback=False).wait("ROLLBACK_FAILED")
    maker.rest()
    stack.delete().wait("DELETE_COMPLETE")

    assert len(maker.creates) >= 4
    assert set(maker.made) <= set(maker.deletions)
    # Left is at most what an update or a rollback deleted while its action had long to go: that Delete was held up for
    # half of its time, as it is promised, and no longer. What was there when the stack was deleted is gone.
    left = maker.left()
    assert len(left) <= len(maker.made) - 2, (left, maker.made)
    assert all(one.waited >= SERVICE_TIMEOUT / 2 for known in left.values() for one in known), (left, maker.made)
    told = [text for text in stack.told("r0") if "may stay" in text]
    assert all(any(name in text for text in told) for name in left), (left, stack.told("r0"))


def test_a_delete_by_direct_delivery_waits_for_the_action_of_a_create_that_timed_out(w: World, maker: Maker) -> None:
    maker.to_make = 16
    slow = {**thing(maker, ServiceTimeout=12), "update_policy": {"Delivery": "direct"}}
    stack = w.stacks.create(hot({"r0": slow})).wait("CREATE_FAILED")
    assert not maker.made
    stack.delete().wait("DELETE_COMPLETE")
    assert len(maker.made) == 1
    assert maker.left() == {}
    assert [text.partition(",")[0] for text in stack.told("r0") if "may still act" in text] == [
        "The Delete request was not sent"
    ]
