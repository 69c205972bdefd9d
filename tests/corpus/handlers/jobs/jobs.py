"""Jobs that are files: in the style of the CDK's provider framework, and in Lambda's. A broken size fails."""

import json
import urllib.request
from pathlib import Path
from typing import Any

THINGS = Path("things")
Event = dict[str, Any]


def _done(event: Event, name: str, size: str) -> None:
    """Write the job's file, or remove it."""
    if event["RequestType"] == "Delete":
        (THINGS / name).unlink(missing_ok=True)
        return
    if size == "broken":
        raise ValueError("the size is broken")
    THINGS.mkdir(exist_ok=True)
    (THINGS / name).write_text(size)


def _size(event: Event) -> str:
    return str(event["ResourceProperties"].get("Size", "0"))


def _name(event: Event) -> str:
    return str(event.get("PhysicalResourceId", f"job-{event['LogicalResourceId']}"))


def on_event(event: Event, _context: object) -> Event:
    """Do the job, as the provider framework asks for it; say in Data what was given besides."""
    _done(event, _name(event), _size(event))
    left_out = {"ServiceToken", "ServiceTimeout", "Size", "Region"}
    given = {name: value for name, value in event["ResourceProperties"].items() if name not in left_out}
    return {"PhysicalResourceId": _name(event), "Data": {"Size": _size(event), "Given": json.dumps(given)}}


def on_event_by_size(event: Event, _context: object) -> Event:
    """Do the job under a name that says its size: another size is another job."""
    name = event["PhysicalResourceId"] if event["RequestType"] == "Delete" else f"job-of-{_size(event)}"
    _done(event, name, _size(event))
    return {"PhysicalResourceId": name, "Data": {"Size": _size(event)}}


def on_event_silent(event: Event, _context: object) -> None:
    """Do the job and return nothing."""
    _done(event, "silent", _size(event))


def on_event_no_echo(event: Event, context: object) -> Event:
    """Do the job; its Data is not to be shown."""
    return {**on_event(event, context), "NoEcho": True}


def is_complete(event: Event, _context: object) -> Event:
    """Say that the job is done when asked for the second time."""
    asked = Path(f"asked-{event['RequestId']}")
    if not asked.exists() and event["RequestType"] != "Delete":
        asked.touch()
        return {"IsComplete": False}
    asked.unlink(missing_ok=True)
    return {"IsComplete": True, "Data": {"State": "done"}}


def handler(event: Event, _context: object) -> None:
    """Do the job, and answer the ResponseURL."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": _name(event), "Data": {"Size": _size(event)}}
    try:
        _done(event, _name(event), _size(event))
    except ValueError as error:
        answer |= {"Status": "FAILED", "Reason": str(error)}
    body, url = json.dumps(answer).encode(), event["ResponseURL"]
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})  # noqa: S310 - https
    urllib.request.urlopen(request).close()  # noqa: S310 - https
