"""Notifications of answered requests on the message bus, for audit and billing. An observer.

``[oslo_messaging_notifications] driver`` says whether and how; by default nothing is sent. They go out in a thread of
their own, so that a broker in trouble delays no request. A notification that cannot be sent is dropped, with a line in
the log: an account of every request is to be had from Mistral's executions.
"""

import queue
import socket
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import oslo_messaging
from oslo_log import log as oslo_log

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.observability.events import Answered, Event, outcome, phase
from customresource_bridge.protocol import RequestError
from customresource_bridge.protocol.stack_id import StackId

LOG = oslo_log.getLogger(__name__)

PAYLOAD: Mapping[str, str] = {
    "project_id": "the project that owns the stack",
    "stack_id": "the stack's UUID",
    "stack_name": "the stack's name",
    "logical_resource_id": "the resource's name in the template",
    "resource_type": "its type, as the handler sees it; null where the request could not be read",
    "request_id": "the RequestId: the same in a notification that is sent twice",
    "request_type": "Create, Update, Delete or Check; null where the request could not be read",
    "workflow": "the workflow that was run; null where none was",
    "execution_id": "its execution in Mistral; null where none was run",
    "outcome": "success or failed",
    "response": "what became of the response: accepted, refused, gone (the stack is), expired (not accepted in time)",
    "duration": "seconds from the claim of the request to the end of the response",
    "execution_duration": "seconds that the workflow ran, as far as this bridge saw it; null where none was run",
    "answered_at": "when, in UTC, ISO 8601",
}
"""What a notification holds. No properties, no Data, no Reason, no URL."""

_WAITING = 1000
_PATIENCE = 5.0


def event_type(event: Answered) -> str:
    """Return a notification's type: ``customresource.<phase>.<outcome>``."""
    return f"customresource.{phase(event.entry)}.{outcome(event.entry)}"


def payload(event: Answered, now: datetime) -> dict[str, Any]:
    """Return what a notification holds, see :data:`PAYLOAD`.

    :raises RequestError: the StackId is none; validation admits no such request.
    """
    entry = event.entry
    stack, request = StackId.parse(entry.identity.stack_id), entry.request
    ran = entry.started_at is not None and entry.settled_at is not None
    return {
        "project_id": stack.project_id,
        "stack_id": stack.uuid,
        "stack_name": stack.name,
        "logical_resource_id": entry.identity.logical_resource_id,
        "resource_type": request.resource_type if request else None,
        "request_id": entry.identity.request_id,
        "request_type": str(request.request_type) if request else None,
        "workflow": entry.workflow or None,
        "execution_id": entry.execution_id if entry.started_at is not None else None,
        "outcome": outcome(entry),
        "response": str(event.taken),
        "duration": round(event.total_seconds, 3),
        "execution_duration": round((entry.settled_at or 0) - (entry.started_at or 0), 3) if ran else None,
        "answered_at": now.isoformat(timespec="milliseconds"),
    }


class Notifications:
    """Sends a notification for each request that is over.

    :param conf: oslo.config's, for oslo.messaging's own options.
    """

    def __init__(self, conf: Any, *, clock: Clock) -> None:
        self._clock = clock
        self._transport = oslo_messaging.get_notification_transport(conf)
        publisher = f"customresource-bridge.{socket.gethostname()}"
        self._notifier = oslo_messaging.Notifier(self._transport, publisher_id=publisher)
        self._waiting: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)
        self._enabled = bool(self._notifier.is_enabled())

    def start(self) -> None:
        """Begin to send, if the operator wants any."""
        if self._enabled:
            self._thread.start()

    def stop(self) -> None:
        """Send what waits, but not for long."""
        if self._thread.is_alive():
            self._put(None)
            self._thread.join(_PATIENCE)
        self._transport.cleanup()

    def __call__(self, event: Event) -> None:
        """Queue a notification, if the event is an answer."""
        if self._enabled and isinstance(event, Answered):
            try:
                self._put((event_type(event), payload(event, self._clock.now())))
            except RequestError as error:  # pragma: no cover - see payload
                LOG.warning("%s: no notification sent: %s", event.entry, error)

    def _put(self, item: tuple[str, dict[str, Any]] | None) -> None:
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            LOG.warning("dropped a notification: %d others wait for the message bus", _WAITING)

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            kind, content = item
            try:
                self._notifier.info({}, kind, content)
            except Exception as error:  # whatever the driver raises, the next one may go out
                wrong = type(error).__name__
            else:
                continue
            # Not while the exception is handled: oslo.log would add its text, which may quote the bus's address.
            LOG.warning("notification %s [%s] was not sent: %s", kind, content["request_id"], wrong)
