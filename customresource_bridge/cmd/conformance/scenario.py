"""Sends a handler the requests of one resource's life, in order, and remembers what it does.

The life: Create, the same Create again, Update, the rollback of that Update, a Delete, the same Delete again, and the
Delete of a thing whose Create failed; and where its author says what a Create fails for, that one and its Delete. One
answer is met by 503, as a gateway in trouble gives it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from customresource_bridge.cmd.conformance.exchange import Exchange, LocalHeat
from customresource_bridge.protocol import Extras, Request, RequestType, Secret
from customresource_bridge.protocol.ids import default_physical_resource_id
from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.response import answer_in

_PROJECT = "0" * 32
_POLL = 0.02

Run = Callable[[Mapping[str, Any], float], Ending]
MakeURL = Callable[[Request], Secret]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSettings:
    """What is sent.

    :ivar refused: properties that a Create fails for, if there are any.
    :ivar seconds: how long each answer may take.
    """

    resource_type: str
    service_token: str
    properties: Mapping[str, Any] = field(repr=False)
    changed: Mapping[str, Any] = field(repr=False)
    seconds: float
    refused: Mapping[str, Any] | None = field(default=None, repr=False)


class Scenario:
    """One check of one handler."""

    def __init__(
        self, settings: ScenarioSettings, *, run: Run, heat: LocalHeat, make_url: MakeURL, now: datetime
    ) -> None:
        self.settings = settings
        self.exchanges: list[Exchange] = []
        self._run, self._heat, self._make_url, self._now = run, heat, make_url, now
        self._stack_id = f"arn:openstack:heat::{_PROJECT}:stacks/conformance/{uuid4()}"

    def play(self, *, each: Callable[[Exchange], None] = lambda _exchange: None) -> list[Exchange]:
        """Send everything and return what happened; ``each`` is told after every exchange."""
        given, changed = self.settings.properties, self.settings.changed
        create = self._request(RequestType.CREATE, given)
        self._send("Create", create, each)
        self._send("Create, delivered again", create, each, unavailable=1)
        first = self._id_after(None, create)
        update = self._request(RequestType.UPDATE, changed, old=given, physical_id=first)
        self._send("Update", update, each)
        second = self._id_after(first, update)
        rollback = self._request(RequestType.UPDATE, given, old=changed, physical_id=second)
        self._send("Update, rolled back", rollback, each)
        last = self._id_after(second, rollback)
        for old in dict.fromkeys(name for name in (first, second) if name != last):
            self._send("Delete of what was replaced", self._delete(changed, old), each)
        delete = self._delete(given, last)
        self._send("Delete", delete, each)
        self._send("Delete, delivered again", delete, each)
        never = default_physical_resource_id(
            stack_id=self._stack_id, logical_resource_id="Thing", request_id=str(uuid4())
        )
        self._send("Delete of what was never made", self._delete(given, never), each)
        if self.settings.refused is not None:
            self._refuse(self.settings.refused, each)
        return self.exchanges

    def _refuse(self, properties: Mapping[str, Any], each: Callable[[Exchange], None]) -> None:
        create = self._request(RequestType.CREATE, properties)
        self._send("Create that is to fail", create, each)
        self._send("Delete after it", self._delete(properties, self._id_after(None, create)), each)

    def _send(self, step: str, request: Request, each: Callable[[Exchange], None], *, unavailable: int = 0) -> None:
        exchange = Exchange(step=step, request=request, unavailable=unavailable)
        self._heat.expect(exchange)
        self.exchanges.append(exchange)
        began = time.monotonic()
        exchange.ending = self._run(request.to_dict(), self.settings.seconds)
        if isinstance(exchange.ending, Returned):
            value = answer_in(exchange.ending, request)
            if exchange.outcome is None and value is not None:
                exchange.outcome, exchange.returned = value.to_dict(), True
            self._wait(exchange, began)
        exchange.seconds = time.monotonic() - began
        each(exchange)

    def _wait(self, exchange: Exchange, began: float) -> None:
        # A handler behind a URL may answer after it has returned.
        local = self.settings.service_token.startswith(("handler:", "mistral:"))
        patience = 0.2 if local else self.settings.seconds
        while exchange.outcome is None and time.monotonic() - began < patience:
            time.sleep(_POLL)

    def _id_after(self, before: str | None, request: Request) -> str:
        # As in a stack, the first answer to a request counts.
        outcomes = (item.outcome for item in self.exchanges if item.request.request_id == request.request_id)
        outcome = next(filter(None, outcomes), {})
        identity = request.identity
        return str(
            outcome.get("PhysicalResourceId")
            or before
            or default_physical_resource_id(
                stack_id=identity.stack_id,
                logical_resource_id=identity.logical_resource_id,
                request_id=identity.request_id,
            )
        )

    def _delete(self, properties: Mapping[str, Any], physical_id: str) -> Request:
        return self._request(RequestType.DELETE, properties, physical_id=physical_id)

    def _request(
        self,
        request_type: RequestType,
        properties: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        physical_id: str | None = None,
    ) -> Request:
        token = {"ServiceToken": self.settings.service_token}
        request = Request(
            request_type=request_type,
            request_id=str(uuid4()),
            stack_id=self._stack_id,
            logical_resource_id="Thing",
            resource_type=self.settings.resource_type,
            response_url=Secret(""),
            extras=Extras(project_id=_PROJECT, deadline=self._now + timedelta(hours=1)),
            service_token=self.settings.service_token,
            physical_resource_id=physical_id,
            resource_properties={**token, **properties},
            old_resource_properties=None if old is None else {**token, **old},
        )
        return replace(request, response_url=self._make_url(request))
