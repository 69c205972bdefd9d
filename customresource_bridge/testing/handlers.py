"""For authors of handlers: requests to try a handler with, and what an ending of a workflow does to the resource.

Used in their unit tests, without a cloud. It will not run a workflow: only Mistral can.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Extras, Request, RequestType, Secret
from customresource_bridge.protocol.answers.workflow import outcome, workflow_input

_PROJECT = "5f3c0a1e9b7d4c2f8a6e1d0b3c5a7f92"
_STACK = f"arn:openstack:heat::{_PROJECT}:stacks/example/0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4"


def a_request(
    request_type: str = "Create",
    *,
    properties: Mapping[str, Any] | None = None,
    old_properties: Mapping[str, Any] | None = None,
    physical_resource_id: str | None = None,
    resource_type: str = "Custom::Example",
) -> Request:
    """Return a request as it may reach a handler, with a RequestId of its own and an hour's time.

    :param request_type: Create, Update, Delete or Check.
    :param old_properties: of an Update; the same as ``properties`` by default.
    :param physical_resource_id: of all but a Create; ``example-1`` by default.
    """
    kind = RequestType(request_type)
    now = dict(properties or {})
    before = now if old_properties is None else dict(old_properties)
    return Request(
        request_type=kind,
        request_id=str(uuid4()),
        stack_id=_STACK,
        logical_resource_id="Example",
        resource_type=resource_type,
        response_url=Secret("https://responses.example.org/v1/responses/none"),
        extras=Extras(project_id=_PROJECT, deadline=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)),
        service_token="mistral:example",  # noqa: S106 - it names a workflow
        physical_resource_id=None if kind is RequestType.CREATE else physical_resource_id or "example-1",
        resource_properties=now,
        old_resource_properties=before if kind is RequestType.UPDATE else None,
    )


def input_for(request: Request) -> dict[str, Any]:
    """Return the input that the bridge starts the handler's workflow with."""
    return workflow_input(request)


def response_to(
    request: Request, *, state: str = "SUCCESS", output: Any = None, state_info: str | None = None
) -> dict[str, Any] | None:
    """Return the response that an execution yields, or None while it still runs.

    :param state: the execution's state: SUCCESS, ERROR, CANCELLED, RUNNING, PAUSED.
    :param output: the execution's output.
    :param state_info: what Mistral says of an ERROR.
    """
    response = outcome(request, state=state, output=output, state_info=state_info)
    return None if response is None else response.to_dict()
