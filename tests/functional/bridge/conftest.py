"""A bridge for the plain tenant, without Heat: requests are posted here, and a small server takes the responses."""

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as HTTPRequest
from werkzeug import Response as HTTPResponse

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.heat.heat import Heat
from customresource_bridge.clients.http import QuietAdapter
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids

WORKFLOWS = """
version: '2.0'
crbt_echo:
  input: [request]
  output:
    physical_resource_id: <% "echo-" + $.request.LogicalResourceId %>
    data:
      said: <% $.request.ResourceProperties.get("say") %>
      seen_id: <% $.request.get("PhysicalResourceId") %>
  tasks:
    said: {action: std.noop}
crbt_fail:
  input: [request]
  tasks:
    broken:
      action: std.fail error_data="the printer is on fire"
crbt_slow:
  input: [request]
  output:
    physical_resource_id: slow-thing
  tasks:
    wait:
      action: std.noop
      wait-before: <% int($.request.ResourceProperties.seconds) %>
crbt_large:
  input: [request]
  output:
    data:
      text: <% "0123456789abcdef" * 20000 %>
  tasks:
    large: {action: std.noop}
crbt_other_input:
  input: [colour]
  tasks:
    said: {action: std.noop}
"""


@dataclass
class Answers:
    """Takes responses; the status it answers with can be changed."""

    server: HTTPServer
    statuses: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)

    def take(self, request: HTTPRequest) -> HTTPResponse:
        body = json.loads(request.get_data())
        assert request.headers["Content-Type"] == "application/json"
        assert "X-Auth-Token" not in request.headers
        status = 200 if self.statuses.empty() else self.statuses.get()
        with self.came:
            self.bodies.append({**body, "_status": status})
            self.came.notify_all()
        return HTTPResponse("ok", status=status)

    def of(self, request_id: str, *, timeout: float = 60.0, status: int = 200) -> dict[str, Any]:
        """Return the response to a request, once it has come and was given this status."""
        until = time.monotonic() + timeout
        with self.came:
            while True:
                for body in self.bodies:
                    if body["RequestId"] == request_id and body["_status"] == status:
                        return body
                if not self.came.wait(until - time.monotonic()):
                    pytest.fail(f"no response to {request_id} within {timeout} s; came: {self.bodies}")


@pytest.fixture
def answers(httpserver: HTTPServer) -> Answers:
    taken = Answers(httpserver)
    httpserver.expect_request("/responses", method="PUT").respond_with_handler(taken.take)
    return taken


@pytest.fixture(scope="session")
def project_id(demo: Any) -> str:
    return sessions.project_id(demo)


@pytest.fixture(scope="session")
def zaqar(demo: Any) -> Zaqar:
    return Zaqar.from_session(demo)


@pytest.fixture(scope="session")
def mistral(demo: Any) -> Mistral:
    client = Mistral.from_session(demo)
    manager = client._workflows
    known = {workflow.name for workflow in manager.list()}
    manager.update(WORKFLOWS) if "crbt_echo" in known else manager.create(WORKFLOWS)
    return client


@dataclass
class Stack:
    """What the plugin would do for one stack: post requests into its queue, and ring."""

    zaqar: Zaqar
    project_id: str
    response_url: str
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    name: str = "crbt"

    @property
    def queue(self) -> str:
        return ids.stack_queue(self.uuid)

    @property
    def arn(self) -> str:
        return f"arn:openstack:heat::{self.project_id}:stacks/{self.name}/{self.uuid}"

    def request(self, kind: str = "Create", token: str = "mistral:crbt_echo", **given: Any) -> dict[str, Any]:
        """Return a request; ``given`` overrides what stands in it, ``properties`` and ``extras`` add to theirs."""
        deadline = datetime.now(UTC) + timedelta(seconds=given.pop("seconds", 60))
        properties, extras = given.pop("properties", {}), given.pop("extras", {})
        body: dict[str, Any] = {
            "RequestType": kind,
            "ServiceToken": token,
            "ResponseURL": self.response_url,
            "StackId": self.arn,
            "RequestId": str(uuid.uuid4()),
            "ResourceType": "Custom::Thing",
            "LogicalResourceId": "Thing",
            "ResourceProperties": {"ServiceToken": token, **properties},
            "OpenStack": {"Version": 1, "ProjectId": self.project_id, "Deadline": deadline.isoformat(), **extras},
        }
        if kind != "Create":
            body["PhysicalResourceId"] = "thing-1"
        if kind == "Update":
            body["OldResourceProperties"] = {}
        return {**body, **given}

    def post(self, body: Any, *, ring: bool = True) -> Any:
        self.zaqar.post(self.queue, body, ttl=300)
        if ring:
            self.ring()
        return body["RequestId"] if isinstance(body, dict) else None

    def ring(self) -> None:
        self.zaqar.post(ids.BELL_QUEUE, {"queue": self.queue}, ttl=60)

    def execution_id(self, body: dict[str, Any]) -> str:
        return ids.execution_id(
            project_id=self.project_id,
            stack_id=body["StackId"],
            logical_resource_id=body["LogicalResourceId"],
            request_id=body["RequestId"],
        )

    def wait_empty(self, timeout: float = 60.0) -> None:
        """Wait until the queue has no message that is free, nor one that is claimed."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if self.messages() == 0:
                return
            time.sleep(0.1)
        pytest.fail(f"{self.messages()} messages are left in {self.queue}")

    def messages(self) -> int:
        try:
            stats = self.zaqar._queue(self.queue).stats["messages"]
        except errors.ServiceUnavailable as error:
            if "Queue stats could not be read" not in error.problem:
                raise
            return 0  # Zaqar's redis store looks for the newest message of an empty queue, and fails
        return int(stats["free"]) + int(stats["claimed"])


@pytest.fixture
def stack(zaqar: Zaqar, project_id: str, httpserver: HTTPServer) -> Iterator[Stack]:
    made = Stack(zaqar, project_id, httpserver.url_for("/responses"))
    yield made
    zaqar.delete_queue(made.queue)


@pytest.fixture
def stack_in_heat(stack: Stack, demo: Any) -> Iterator[Stack]:
    """Return one that Heat knows too: a bridge asks Heat when a response finds no taker."""
    heat = QuietAdapter(session=demo, service_type="orchestration", timeout=20)
    name = f"crbt-{stack.uuid[:8]}"
    template = {"heat_template_version": "2021-04-16", "resources": {"nothing": {"type": "OS::Heat::None"}}}
    made = heat.post("/stacks", json={"stack_name": name, "template": template}).json()["stack"]
    stack.uuid, stack.name = made["id"], name
    yield stack
    heat.delete(f"/stacks/{name}/{made['id']}")


@pytest.fixture
def new_stack(zaqar: Zaqar, project_id: str, httpserver: HTTPServer) -> Iterator[Callable[[], Stack]]:
    made: list[Stack] = []

    def make() -> Stack:
        made.append(Stack(zaqar, project_id, httpserver.url_for("/responses")))
        return made[-1]

    yield make
    for one in made:
        zaqar.delete_queue(one.queue)


@pytest.fixture
def project(demo: Any, zaqar: Zaqar, mistral: Mistral, project_id: str, httpserver: HTTPServer) -> Project:
    return Project(
        id=project_id,
        zaqar=zaqar,
        mistral=mistral,
        heat=Heat.from_session(demo),
        response_urls=ResponseURLs([Base.parse(httpserver.url_for("/responses"))]),
    )


@pytest.fixture
def new_bridge(project: Project) -> Iterator[Callable[..., Bridge]]:
    running: list[Bridge] = []

    def make(routes: Routes | None = None, **settings: Any) -> Bridge:
        bridge = Bridge(project, routes or Routes(), Settings(**settings))
        bridge.start()
        running.append(bridge)
        return bridge

    yield make
    for bridge in running:
        bridge.stop()


@pytest.fixture
def bridge(new_bridge: Callable[..., Bridge]) -> Bridge:
    return new_bridge()
