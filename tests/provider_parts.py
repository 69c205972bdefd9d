"""What a consumer of the provider meets, as told: a queue, a ResponseURL, a handler and a clock."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret
from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.handler_calls import HandlerCalls
from customresource_bridge.provider.queue.consumer import Consumer
from customresource_bridge.provider.queue.journal import Journal
from customresource_bridge.provider.style import Style

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = {
    "RequestType": "Create",
    "RequestId": "request-1",
    "StackId": "arn:stack",
    "LogicalResourceId": "Dns",
    "ResourceType": "Custom::Dns",
    "ResponseURL": "https://answer.example/v1/responses/hidden",
    "ResourceProperties": {"Name": "x"},
    "OpenStack": {"Version": 1, "ProjectId": "p", "Deadline": "2026-11-23T12:10:00+00:00"},
}


NAMED = {"CrHelperData": {"PhysicalResourceId": "job-1"}}


class World:
    """A queue, a ResponseURL, a handler and a clock that do as they are told, and remember."""

    def __init__(self, *bodies: Any) -> None:
        self.waiting = [message(body) for body in bodies]
        self.deleted: list[Message] = []
        self.put_bodies: list[dict[str, Any]] = []
        self.attempts: list[int] = []
        self.pauses: list[float | None] = []
        self.runs: list[tuple[Mapping[str, Any], float]] = []
        self.deliveries = [PutOutcome.ACCEPTED]
        self.ending: Ending = Returned({"Data": {}})
        self.now = NOW
        self.stop = Event()
        self.failures: list[Exception] = []
        self.looks: list[Mapping[str, Any]] = []
        self.complete: list[Ending] = []
        self.journal = Journal("orders")

    def claim_one(self, _queue: str, *, ttl: int) -> Message | None:
        assert ttl >= 60
        if self.failures:
            raise self.failures.pop(0)
        return self.waiting.pop(0) if self.waiting else None

    def renew(self, message: Message, *, ttl: int) -> None: ...

    def delete(self, message: Message) -> None:
        self.deleted.append(message)

    def allowed(self, url: Secret) -> bool:
        return url.reveal().startswith("https://answer.example/")

    def put(self, _url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        self.attempts.append(attempt)
        self.put_bodies.append(json.loads(body))
        delivery = self.deliveries.pop(0) if len(self.deliveries) > 1 else self.deliveries[0]
        if delivery is not PutOutcome.ACCEPTED:
            self.now += timedelta(minutes=4)
            self.stop.wait = self.wait  # type: ignore[method-assign]
        return delivery, "told so"

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return self.stop.is_set()

    def run(self, event: Mapping[str, Any], seconds: float) -> Ending:
        self.runs.append((event, seconds))
        return self.ending

    def look(self, event: Mapping[str, Any], _seconds: float) -> Ending:
        self.looks.append(event)
        return self.complete.pop(0)

    def completing(self, *complete: Ending, **changes: Any) -> Consumer:
        """Return a consumer whose handler has an isComplete, which ends like this."""
        self.complete += complete
        calls = HandlerCalls(run=self.run, style=Style.CDK, is_complete=self.look)
        return replace(self.consumer(**changes), calls=calls)

    def polling(self, *complete: Ending, **changes: Any) -> Consumer:
        """Return a consumer whose handler is crhelper's and polls, which ends like this after its first call."""
        self.complete += complete
        endings = iter([Returned(None, again={**BODY, "CrHelperPoll": True, **NAMED})])

        def run(event: Mapping[str, Any], seconds: float) -> Ending:
            if "CrHelperPoll" in event:
                return self.look(event, seconds)
            self.runs.append((event, seconds))
            return next(endings)

        return replace(self.consumer(**changes), calls=HandlerCalls(run=run, style=Style.CRHELPER, polls=True))

    def consumer(self, **changes: Any) -> Consumer:
        return Consumer(
            queue="orders",
            zaqar=self,
            answers=self,
            calls=HandlerCalls(run=self.run),
            journal=self.journal,
            clock=lambda: self.now,
            stop=self.stop,
            **changes,
        )


def message(body: Any) -> Message:
    return Message(queue="orders", message_id=Secret("message"), claim_id=Secret("claim"), body=body, age=0, ttl=600)
