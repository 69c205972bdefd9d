"""Reads the event that a handler is to be tried with: one of ours, or one as AWS's documents show them."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from customresource_bridge.cmd.event.make import NOWHERE
from customresource_bridge.errors import ConfigurationError, ProtocolError
from customresource_bridge.protocol import Extras, Request
from customresource_bridge.protocol.request import EXTRAS_KEY

STDIN = Path("-")
_PROJECT = "0" * 32
_TIME = timedelta(hours=1)


def read_event(file: Path) -> str:
    """Return an event's text; ``-`` reads it from stdin.

    :raises ConfigurationError: it cannot be read.
    """
    try:
        return sys.stdin.read() if file == STDIN else file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--event {file}: {error}") from None


def request_in(text: str, *, now: datetime) -> Request:
    """Return the request in an event. A deadline that is missing, or has passed, is an hour ahead.

    :raises ConfigurationError: it is none.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"--event: it is no JSON ({error})") from None
    if not isinstance(body, dict):
        raise ConfigurationError("--event: it holds no JSON object")
    try:
        request = Request.parse(_completed(body, now))
        if request.extras.deadline <= now:
            return Request.parse({**request.to_dict(), EXTRAS_KEY: _extras(request.extras.project_id, now)})
    except ProtocolError as error:
        raise ConfigurationError(f"--event: {error}") from None
    return request


def _completed(body: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return an event with what AWS's have not, and with what people leave out who write one by hand."""
    usual = {
        "RequestId": str(uuid4()),
        "StackId": f"arn:openstack:heat::{_PROJECT}:stacks/example/{uuid4()}",
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {},
        EXTRAS_KEY: _extras(_PROJECT, now),
    }
    return {**usual, **body, "ResponseURL": NOWHERE.reveal()}


def _extras(project_id: str, now: datetime) -> dict[str, Any]:
    return Extras(project_id=project_id, deadline=now + _TIME).to_dict()
