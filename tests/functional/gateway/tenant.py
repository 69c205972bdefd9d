"""A tenant's stacks, and providers that answer through the gateway, for the tests on the standalone cloud."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from functional.pace import pauses
from heatclient import exc
from heatclient.client import Client

from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import UTC
from customresource_bridge.provider.ending import Broke, Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls, Run
from customresource_bridge.provider.queue.consumer import Consumer
from customresource_bridge.provider.runner import HandlerSpec, run

TIMEOUT = 120.0
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


class Tenant:
    """One project's stacks and queues."""

    def __init__(self, session: Any) -> None:
        self.heat = Client("1", session=session, service_type="orchestration")
        self.zaqar = Zaqar.from_session(session)
        self._names: dict[str, str] = {}

    def create(self, token: str, **properties: str) -> str:
        """Begin a stack with one Custom::Thing and return its id."""
        name = f"gateway-{uuid.uuid4().hex[:10]}"
        fields = {"stack_name": name, "template": template(token, properties), "disable_rollback": True}
        stack = str(self.heat.stacks.create(**fields)["stack"]["id"])
        self._names[stack] = name
        return stack

    def update(self, stack: str, token: str, **properties: str) -> None:
        self.heat.stacks.update(stack, template=template(token, properties), disable_rollback=True)

    def delete(self, stack: str) -> None:
        self.heat.stacks.delete(stack)

    def ends(self, stack: str, timeout: float = TIMEOUT) -> str:
        """Wait for the stack's operation to end and return its status."""
        end, pause = time.monotonic() + timeout, pauses()
        while time.monotonic() < end:
            try:
                # With its name as well Heat answers at once, by the id alone with a redirection.
                status = str(self.heat.stacks.get(f"{self._names[stack]}/{stack}", resolve_outputs=False).stack_status)
            except exc.HTTPNotFound:
                return "DELETE_COMPLETE"
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(next(pause))
        raise AssertionError(f"{stack} does not end within {timeout} s")

    def outputs(self, stack: str) -> dict[str, Any]:
        return {output["output_key"]: output["output_value"] for output in self.heat.stacks.get(stack).outputs}

    def reason(self, stack: str) -> str:
        return str(self.heat.resources.get(stack, "thing").resource_status_reason)


def template(token: str, properties: Mapping[str, str]) -> dict[str, Any]:
    return {
        "heat_template_version": "2021-04-16",
        "resources": {
            "thing": {
                "type": "Custom::Thing",
                "properties": {"ServiceToken": token, "ServiceTimeout": 90, **properties},
            }
        },
        "outputs": {"said": {"value": {"get_attr": ["thing", "Said"]}}, "ref": {"value": {"get_resource": "thing"}}},
    }


@contextmanager
def provider(zaqar: Zaqar, handle: Run, *, base: str, ca_file: Path) -> Iterator[str]:
    """Run a provider's consumer beside the test; yields the ServiceToken that leads to it."""
    queue, stop = f"provider-{uuid.uuid4().hex[:12]}", Event()
    consumer = Consumer(
        queue=queue,
        zaqar=zaqar,
        answers=ResponseURLs([Base.parse(base)], ca_file=str(ca_file)),
        calls=HandlerCalls(run=handle),
        clock=lambda: datetime.now(UTC),
        stop=stop,
        pause=0.2,
    )
    thread = Thread(target=consumer.serve, daemon=True)
    thread.start()
    try:
        yield f"zaqar:{queue}"
    finally:
        stop.set()
        thread.join(30)
        zaqar.delete_queue(queue)


def python_handler(name: str, *, folder: Path, python: Path, ca_file: Path) -> Run:
    """Return what runs a Python handler just as the provider command does."""
    handler = HandlerSpec(
        name=name, folder=folder, python=str(python), environment=dict.fromkeys(CA_VARIABLES, str(ca_file))
    )

    def handle(event: Mapping[str, Any], seconds: float) -> Ending:
        return run(handler, event, seconds=seconds, show=print)

    return handle


def command_handler(command: list[str], *, environment: Mapping[str, str], ca_file: Path) -> Run:
    """Return what runs another program with the event on its standard input."""
    variables = {**os.environ, **dict.fromkeys(CA_VARIABLES, str(ca_file)), **environment}

    def handle(event: Mapping[str, Any], seconds: float) -> Ending:
        done = subprocess.run(  # noqa: S603
            command, input=json.dumps(event).encode(), env=variables, timeout=seconds, capture_output=True, check=False
        )
        print(done.stdout.decode()[-2000:], done.stderr.decode()[-2000:])  # noqa: T201 - pytest shows it for a failure
        return Broke(f"exit status {done.returncode}") if done.returncode else Returned(None)

    return handle
