"""Takes the place of AWS for crhelper, in the handler's process: its polls, its waits, and the way of its answer.

At AWS crhelper has EventBridge call the function again, and PUTs its answer itself. Here the provider calls again, and
puts the answer. Standard library alone; crhelper's own code stays as it is, but for the methods that are replaced here.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MODULE = "crhelper.resource_helper"
_POLLS = ("_poll_create_func", "_poll_update_func", "_poll_delete_func")
_SECONDS = 60
"""Of a minute, in which crhelper counts."""


def helpers(handler: Any) -> list[Any]:
    """Return the objects of crhelper's class in the handler's module."""
    kind = getattr(sys.modules.get(MODULE), "CfnResource", None)
    module = sys.modules.get(getattr(handler, "__module__", None) or "")
    candidates = [handler, *(vars(module).values() if module else ())]
    return [found for found in candidates if isinstance(kind, type) and isinstance(found, kind)]


def signs(handler: Any) -> dict[str, Any] | None:
    """Return how a handler's crhelper polls: every how many seconds, or None where it does not; None without one."""
    found = helpers(handler)
    if not found:
        return None
    polling = [helper for helper in found if any(getattr(helper, name, None) for name in _POLLS)]
    return {"every": float(polling[0]._polling_interval) * _SECONDS if polling else None}


class CrhelperCall:
    """One call of a handler that crhelper serves.

    :ivar answer: what it would have PUT; None where it answered nothing.
    :ivar again: the event that it wants to be called with again; None where its work is over.
    """

    def __init__(self, event: dict[str, Any]) -> None:
        """Take the place of AWS for the call with ``event``."""
        self.answer: dict[str, Any] | None = None
        self.again: dict[str, Any] | None = json.loads(json.dumps(event)) if "CrHelperPoll" in event else None
        data = event.get("CrHelperData")
        named = data.get("PhysicalResourceId") if isinstance(data, dict) else None
        self._known_id = named if isinstance(named, str) and named else event.get("PhysicalResourceId")
        self._take_over(getattr(sys.modules.get(MODULE), "CfnResource", None))

    def _take_over(self, kind: Any) -> None:
        send, generate = kind._send, kind.generate_physical_id

        def keep(_url: str, body: dict[str, Any], *_rest: Any) -> None:
            self.answer = self.answer or dict(body)
            self.again = None

        def generated(helper: Any, event: dict[str, Any]) -> Any:
            return self._known_id or generate(helper, event)

        kind._send = lambda helper, status=None, reason="", *_rest: send(helper, status, reason, send_response=keep)
        # What was named is what it is: an id of chance would be a replacement, and what was made would stay behind.
        kind.generate_physical_id = generated
        kind._setup_polling = self._set_up
        kind._remove_polling = _remove
        kind._wait_for_cwlogs = lambda _helper, *_rest: None  # two minutes for the sake of a log that is not here

    @property
    def _set_up(self) -> Any:
        def set_up(helper: Any) -> None:
            helper._event["CrHelperData"], helper._event["CrHelperPoll"] = helper.Data, True
            self.again = json.loads(json.dumps(helper._event))

        return set_up


def _remove(helper: Any) -> None:
    helper._event.pop("CrHelperData", None)
    helper.Data.pop("PhysicalResourceId", None)
