"""A job that makes nothing: in the style of the CDK's provider framework, and in Lambda's."""

import json
import urllib.request
from typing import Any


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Make the job, as the provider framework asks for it."""
    size = event["ResourceProperties"].get("Size", "0")
    return {"PhysicalResourceId": f"job-{event['LogicalResourceId']}", "Data": {"Size": size}}


def is_complete(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Say that the job is done."""
    return {"IsComplete": True, "Data": {"State": "done"}}


def handler(event: dict[str, Any], _context: object) -> None:
    """Make the job, and answer the ResponseURL."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "plain", "Data": {"Size": "1"}}
    body, url = json.dumps(answer).encode(), event["ResponseURL"]
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - https
    urllib.request.urlopen(request).close()  # noqa: S310 - https
