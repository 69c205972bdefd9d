"""What is remembered of a check: each request, what the handler sent for it, and what came of that."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from customresource_bridge.clients.heat_signal import Outcome, Signalled
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.protocol import Request, Secret
from customresource_bridge.protocol.sealed import PATH
from customresource_bridge.provider.runner import Ending

_LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """One request that the handler sent to its ResponseURL, and what it was told."""

    method: str
    raw: bytes = field(repr=False)
    status: int
    text: str


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

    def valid_puts(self) -> list[dict[str, Any]]:
        """Return the bodies that were told 200, decoded."""
        return [json.loads(put.raw) for put in self.puts if put.status == 200]  # noqa: PLR2004 - "accepted"


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
            if current is not None and source["RequestId"] == current.request.request_id and current.outcome is None:
                current.outcome = source
        return Signalled(outcome=Outcome.ACCEPTED, status=200)

    def heat_lives(self, _url: Secret) -> bool:
        """Return True."""
        return True

    def keystone_lives(self, _auth_url: str) -> bool:
        """Return True."""
        return True

    def remember(self, put: Put) -> None:
        """Add what was sent to the exchange at hand."""
        with self._lock:
            if self._current is not None:
                self._current.puts.append(put)


@dataclass(frozen=True, slots=True)
class Recorder:
    """The gateway, with a memory."""

    gateway: Gateway
    heat: LocalHeat

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Hand the request on and remember it with its answer."""
        raw = _read(environ)
        told: list[str] = []

        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            told.append(status)
            return start_response(status, headers)

        body = b"".join(self.gateway({**environ, "wsgi.input": io.BytesIO(raw)}, start))
        if PATH in str(environ.get("PATH_INFO")):
            status = int(told[0].partition(" ")[0])
            self.heat.remember(
                Put(method=str(environ["REQUEST_METHOD"]), raw=raw, status=status, text=body.decode().strip())
            )
        return [body]


def _read(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length and length.isdigit():
        return bytes(environ["wsgi.input"].read(min(int(length), _LARGEST)))
    return bytes(environ["wsgi.input"].read(_LARGEST)) if environ.get("wsgi.input_terminated") else b""
