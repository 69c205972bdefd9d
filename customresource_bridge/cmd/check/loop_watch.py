"""Looks at one request on its way: at its resource, its message and its execution, with the reader's own rights.

What a service does not say at one look it may say at the next: such a look leaves its part out.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import HeatReader, StackResource, StackSummary
from customresource_bridge.clients.mistral.reader import ExecutionSummary, MistralReader
from customresource_bridge.clients.response_url import PutOutcome, ResponseURLs
from customresource_bridge.clients.zaqar.dead_letters import DeadLetter, letters
from customresource_bridge.clients.zaqar.zaqar import Message, Zaqar
from customresource_bridge.cmd.check.loop_parts import RESOURCE
from customresource_bridge.cmd.check.loop_seen import LoopLook, MessageSeen
from customresource_bridge.protocol import Identity, Secret, ids
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear
from customresource_bridge.protocol.stack_id import StackId

_REPORT = "customresource-bridge check --loop asks whether this ResponseURL leads to Heat"
_NOTHING: Mapping[str, Any] = {}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopReaders:
    """What is looked at.

    :ivar project_id: whose stack it is.
    """

    project_id: str
    heat: HeatReader
    mistral: MistralReader
    zaqar: Zaqar
    response_urls: ResponseURLs


class LoopWatch:
    """The request of one stack's only resource."""

    def __init__(self, readers: LoopReaders, stack: StackSummary) -> None:
        self._readers = readers
        self._stack = stack
        self._queue = ids.stack_queue(stack.id)
        self._arn = StackId(readers.project_id, stack.name, stack.id).arn
        self._request_id = ""
        self._response_url: Secret | None = None

    def look(self) -> LoopLook:
        """Return what is seen now."""
        message, free = self._message()
        resource = _said(self._resource, None)
        said = _said(self._attribute, _NOTHING)
        self._request_id = _text(said, "request_id") or self._request_id
        execution = _said(self._execution, None)
        where = _where(message, free=free)
        return LoopLook(
            status=resource.status if resource else "",
            reason=resource.reason if resource else "",
            changed_at=resource.changed_at if resource else None,
            hindrance=_text(said, "problem"),
            copies=_number(said.get("copies")),
            answered=said.get("stage") == "answered",
            message=where,
            set_aside=_said(self._set_aside, "") if execution is None and where is MessageSeen.NONE else "",
            execution_id=execution.id if execution else "",
            execution_state=execution.state if execution else "",
            execution_info=" ".join(in_clear(execution.state_info).split()) if execution else "",
            started_at=execution.created_at if execution else None,
        )

    def try_response_url(self) -> str | None:
        """PUT a report to the request's ResponseURL, as a handler may; it is no answer.

        :returns: why it was not taken; empty where it was; None where no ResponseURL was seen.
        """
        if self._response_url is None:
            return None
        identity = Identity(stack_id=self._arn, request_id=self._request_id, logical_resource_id=RESOURCE)
        body = json.dumps(Progress(identity=identity, reason=_REPORT).to_dict()).encode()
        outcome, why = self._readers.response_urls.put(self._response_url, body)
        return "" if outcome is PutOutcome.ACCEPTED else printable(why)

    def delete_letters(self) -> None:
        """Delete what a bridge has set aside of this request.

        :raises ServiceError: Zaqar does not.
        """
        for one in self._letters():
            self._readers.zaqar.delete(one.message)

    def _resource(self) -> StackResource | None:
        found = self._readers.heat.resources(self._stack)
        return next((one for one in found if one.name == RESOURCE), None)

    def _attribute(self) -> Mapping[str, Any]:
        return self._readers.heat.attribute(self._stack, RESOURCE, "request")

    def _execution(self) -> ExecutionSummary | None:
        if not self._request_id:
            return None
        return self._readers.mistral.execution(
            ids.execution_id(
                project_id=self._readers.project_id,
                stack_id=self._arn,
                logical_resource_id=RESOURCE,
                request_id=self._request_id,
            )
        )

    def _message(self) -> tuple[list[Message] | None, bool]:
        """Return the messages of the queue, None where Zaqar does not say, and whether one is free."""
        zaqar = self._readers.zaqar
        found = _said(lambda: list(zaqar.messages(self._queue, claimed=True)), None)
        if not found:
            return found, False
        self._note(found)
        free: list[Message] = _said(lambda: list(zaqar.messages(self._queue)), [])
        return found, bool(free)

    def _note(self, messages: Iterable[Message]) -> None:
        for message in messages:
            body = message.body if isinstance(message.body, dict) else {}
            if isinstance(body.get("ResponseURL"), str) and isinstance(body.get("RequestId"), str):
                self._response_url = Secret(body["ResponseURL"])
                self._request_id = printable(body["RequestId"])

    def _set_aside(self) -> str:
        found = self._letters()
        return in_clear(found[-1].reason) if found else ""

    def _letters(self) -> list[DeadLetter]:
        return [one for one in letters(self._readers.zaqar) if one.queue == self._queue]


def _said(ask: Callable[[], _T], otherwise: _T) -> _T:
    """Return what a service says, or something else where it does not."""
    try:
        return ask()
    except errors.CustomResourceError:
        return otherwise


def _where(messages: list[Message] | None, *, free: bool) -> MessageSeen:
    if messages is None:
        return MessageSeen.UNKNOWN
    if not messages:
        return MessageSeen.NONE
    return MessageSeen.FREE if free else MessageSeen.CLAIMED


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return printable(value) if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
