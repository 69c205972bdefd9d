"""What is remembered of a check: each request, what the handler sent for it, and what came of that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http.application import Answer, HTTPResponse
from customresource_bridge.protocol import Request, Secret, limits
from customresource_bridge.protocol.answers.progress import read_progress, read_progress_body
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_body, read_value
from customresource_bridge.protocol.crypto.sealed import PATH
from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.response import read_returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """One request that the handler sent to its ResponseURL, and what it was told."""

    method: str
    raw: bytes = field(repr=False)
    status: int
    text: str

    def body(self) -> dict[str, Any] | None:
        """Return the JSON object that was sent, or None where it was none."""
        try:
            value = json.loads(self.raw)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One delivery of one request.

    :ivar step: what it is part of ("Create", "Create, delivered again").
    :ivar outcome: the first valid answer, as Heat takes it; None where there was none in time.
    :ivar returned: whether that answer was the handler's return value, not a PUT of its own.
    """

    step: str
    request: Request
    seconds: float = 0.0
    ending: Ending | None = None
    puts: list[Put] = field(default_factory=list)
    outcome: dict[str, Any] | None = None
    returned: bool = False
    unavailable: int = 0

    def said(self) -> list[HandlerAnswer]:
        """Return what the handler answered: by each PUT, and by the value that it returned."""
        identity, limit = self.request.identity, limits.MAX_RESPONSE_BYTES
        said = [read_body(put.raw, identity, limit=limit) for put in self.puts if put.raw]
        returned = read_returned(self.ending, self.request) if isinstance(self.ending, Returned) else None
        return [*said, returned] if returned is not None else said

    def objects(self) -> list[Mapping[str, Any]]:
        """Return the objects that were sent or returned, as the handler wrote them."""
        sent: list[Any] = [put.body() for put in self.puts]
        returned = self.ending.value if isinstance(self.ending, Returned) else None
        return [value for value in (*sent, returned) if isinstance(value, Mapping)]

    def valid_puts(self) -> list[dict[str, Any]]:
        """Return the bodies that were told 200, decoded."""
        bodies = [put.body() for put in self.puts if put.status == 200]  # noqa: PLR2004 - "accepted"
        return [body for body in bodies if body is not None]

    def first_said(self) -> dict[str, Any] | None:
        """Return what the handler meant to answer, whether or not it was taken."""
        bodies = (put.body() for put in self.puts)
        return next((body for body in bodies if body is not None), self.outcome)


class LocalHeat:
    """Takes responses as Heat's plugin does: the first valid one of a request wins, repeats have no effect."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: Exchange | None = None

    def expect(self, exchange: Exchange) -> None:
        """Take what comes now as answers in ``exchange``."""
        with self._lock:
            self._current = exchange

    def put(self, _url: Secret, body: bytes) -> Signalled:
        """Take one response."""
        with self._lock:
            current = self._current
            if current is not None and current.unavailable > 0:
                current.unavailable -= 1
                return Signalled(outcome=Outcome.UNREACHABLE)
            source = json.loads(body)
            if current is not None and read_progress(source, current.request.identity) is not None:
                return Signalled(outcome=Outcome.ACCEPTED, status=200)
            if current is not None and source["RequestId"] == current.request.request_id and current.outcome is None:
                answer = read_value(source, current.request.identity)
                current.outcome = answer.response(current.request.request_type).to_dict()
        return Signalled(outcome=Outcome.ACCEPTED, status=200)

    def heat_lives(self, _url: Secret) -> bool:
        """Return True."""
        return True

    def keystone_lives(self, _auth_url: str) -> bool:
        """Return True."""
        return True

    def remember(self, put: Put) -> None:
        """Add an answer that was sent to the exchange at hand; a report of progress is none."""
        with self._lock:
            current = self._current
            if current is not None and not _is_progress(put, current.request):
                current.puts.append(put)


def _is_progress(put: Put, request: Request) -> bool:
    return read_progress_body(put.raw, request.identity, limit=limits.MAX_RESPONSE_BYTES) is not None


@dataclass(frozen=True, slots=True)
class Recorder:
    """The gateway, with a memory."""

    gateway: Gateway
    heat: LocalHeat

    @property
    def max_body(self) -> int:
        """The largest body."""
        return self.gateway.max_body

    def admit(self, method: str, path: str) -> HTTPResponse | Answer:
        """Hand the request on and remember it with its answer."""
        admitted = self.gateway.admit(method, path)
        if isinstance(admitted, HTTPResponse):
            self._remember(method, path, b"", admitted)
            return admitted

        def answer(body: Body) -> HTTPResponse:
            response = admitted(body)
            self._remember(method, path, body.raw, response)
            return response

        return answer

    def _remember(self, method: str, path: str, raw: bytes, response: HTTPResponse) -> None:
        if PATH in path:
            text = response.body.decode().strip()
            self.heat.remember(Put(method=method, raw=raw, status=response.status.value, text=text))
