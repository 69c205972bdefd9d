"""Other ways to the same end, for the latency bench: a trigger and a wait condition by hand, and a bare execution."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import requests
from functional.tenant import Tenant, until

POLL = 0.05
PATIENCE = 120.0
WAITING = {
    "heat_template_version": "2018-08-31",
    "resources": {
        "handle": {"type": "AWS::CloudFormation::WaitConditionHandle"},
        "thing": {
            "type": "AWS::CloudFormation::WaitCondition",
            "properties": {"Handle": {"get_resource": "handle"}, "Timeout": "120"},
        },
    },
    "outputs": {"url": {"value": {"get_resource": "handle"}}},
}


class Trigger:
    """OS::Zaqar::MistralTrigger with a workflow that PUTs to a wait condition by std.http.

    The queue and the trigger are made once. Somebody must post the message, as nothing in a template can: that is us,
    as soon as Heat has made the URL.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._queue = f"bench-{uuid4().hex[:8]}"
        workflow = tenant.mistral.get("/workflows/bench_trigger").json()["id"]
        listening = {
            "queue": {"type": "OS::Zaqar::Queue", "properties": {"name": self._queue}},
            "trigger": {
                "type": "OS::Zaqar::MistralTrigger",
                "depends_on": "queue",
                "properties": {"queue_name": self._queue, "workflow_id": workflow, "ttl": 3600},
            },
        }
        self._stack = tenant.create({"heat_template_version": "2018-08-31", "resources": listening})

    def post(self, path: str) -> None:
        """Post the message for a stack, once it has a URL."""
        url = until(lambda: self._url(path), "the handle has a URL", seconds=PATIENCE)
        self._tenant.post(self._queue, {"url": url})

    def close(self) -> None:
        self._stack.delete()

    def _url(self, path: str) -> Any:
        time.sleep(POLL / 2)
        shown = self._tenant.heat.get(f"{path}/outputs/url", raise_exc=False)
        url = shown.json()["output"].get("output_value") if shown.ok else None
        return url if url and "Signature" in url else None


class Signal:
    """A wait condition's handle that nobody waits for: what Heat takes to be told anything by a signed URL."""

    def __init__(self, tenant: Tenant) -> None:
        handle = {"type": "AWS::CloudFormation::WaitConditionHandle"}
        url = {"value": {"get_resource": "handle"}}
        template = {"heat_template_version": "2018-08-31", "resources": {"handle": handle}, "outputs": {"url": url}}
        self._stack = tenant.create(template)
        self._url = self._stack.outputs()["url"]

    def put(self) -> float:
        """Return the seconds until Heat has taken one."""
        body = {"UniqueId": uuid4().hex, "Status": "SUCCESS", "Reason": "bench", "Data": ""}
        began = time.monotonic()
        requests.put(self._url, json=body, timeout=PATIENCE).raise_for_status()
        return time.monotonic() - began

    def close(self) -> None:
        self._stack.delete()


def bare_execution(tenant: Tenant) -> float:
    """Return the seconds of an execution by itself, watched as closely as the stacks are."""
    began = time.monotonic()
    body = {"workflow_name": "bench_custom", "input": {"request": {}}}
    made = tenant.mistral.post("/executions", json=body).json()["id"]
    return _when(lambda: tenant.mistral.get(f"/executions/{made}?fields=id,state").json()["state"] == "SUCCESS") - began


def _when(happened: Callable[[], bool]) -> float:
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise SystemExit("an execution does not end")
        time.sleep(POLL)
    return time.monotonic()
