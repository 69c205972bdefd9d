"""The application behind every ResponseURL: open the token, read, judge, hand to Heat, answer.

The gateway's own server asks it twice, for the head and for the body; any WSGI server can run it too. It keeps no state
and answers in three ways only: 200 once Heat has committed (or no longer waits), 4xx where trying again is no use, 503
with Retry-After for everything that is not the handler's fault. Never a redirect, never another 5xx, never a token in a
log.

Bare WSGI: two routes and one bounded read need no framework.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from oslo_log import log as oslo_log

from customresource_bridge.gateway.body import Body, UnreadableError, read_body
from customresource_bridge.gateway.http.application import Answer, HTTPResponse
from customresource_bridge.gateway.judge import Judgement, judge, judged, refused_by_heat
from customresource_bridge.gateway.metrics import AnswerOutcome, GatewayMetrics
from customresource_bridge.gateway.settle import SettleOutcome, Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.gateway.upstreams.heat_bus import BusWay, NoBus
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.crypto.sealed import PATH, Keyring, Sealed
from customresource_bridge.protocol.errors import TokenError
from customresource_bridge.protocol.naming import named, printable, shown
from customresource_bridge.protocol.printing import without_text

LOG = oslo_log.getLogger(__name__)

StartResponse = Callable[..., Any]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client is told.

    :ivar retry_after: seconds; None where trying again is no use, or not needed.
    :ivar outcome: what became of an answer; None where none came.
    """

    status: HTTPStatus
    text: str
    outcome: AnswerOutcome | None = None
    retry_after: int | None = None
    allow: str | None = None

    def response(self) -> HTTPResponse:
        """Return it as a server sends it."""
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(self.retry_after)))
        if self.allow is not None:
            headers.append(("Allow", self.allow))
        return HTTPResponse(self.status, f"{self.text}\n".encode(errors="replace"), tuple(headers))


TRY_LATER = Reply(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Heat cannot take the response now: send it again",
    AnswerOutcome.NOT_YET,
    retry_after=5,
)
FAILED = replace(TRY_LATER, outcome=AnswerOutcome.ERROR)
HEALTHY = Reply(HTTPStatus.OK, "OK")
UNKNOWN = Reply(HTTPStatus.NOT_FOUND, f"Nothing is here but {PATH}<token> and /healthz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The application.

    :ivar settler: settles answers by Heat's signed URL.
    :ivar bus: settles those whose token has none.
    :ivar max_body: the largest response taken, in bytes.
    :ivar upstreams: where Heat's signed URLs may lead.
    :ivar clock: gives the time, aware.
    :ivar monotonic: gives seconds.
    """

    keyring: Keyring
    settler: Settler
    upstreams: Upstreams
    max_body: int
    clock: Callable[[], datetime]
    bus: BusWay = field(default_factory=NoBus)
    metrics: GatewayMetrics = field(default_factory=GatewayMetrics)
    monotonic: Callable[[], float] = time.monotonic

    def admit(self, method: str, path: str) -> HTTPResponse | Answer:
        """Refuse a request by its head, or return what answers it once its body has come."""
        reply = self._guarded(lambda: self._admitted(method, path))
        if not isinstance(reply, Reply):
            return partial(self._answer, reply)
        return self._told(reply)

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Reply one request of a WSGI server's."""
        method = str(environ.get("REQUEST_METHOD"))
        admitted = self.admit(method, str(environ.get("PATH_INFO", "")))
        response = admitted if isinstance(admitted, HTTPResponse) else admitted(_read(environ, limit=self.max_body))
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        if response.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            headers.append(("Connection", "close"))  # the rest of the body is not read; servers that drain it need this
        start_response(f"{response.status.value} {response.status.phrase}", headers)
        return [] if method == "HEAD" else [response.body]

    def _admitted(self, method: str, path: str) -> Reply | Sealed:
        _prefix, found, token = path.rpartition(PATH)  # a front may serve us under a prefix
        if found:
            return self._opened(token.strip()) if method in {"PUT", "POST"} else _not_allowed("PUT, POST")
        if path.endswith("/healthz"):
            return HEALTHY if method in {"GET", "HEAD"} else _not_allowed("GET, HEAD")
        return UNKNOWN

    def _opened(self, token: str) -> Reply | Sealed:
        try:
            sealed = self.keyring.open(token, now=self.clock())
            if sealed.url is not None:
                self.upstreams.check(sealed.url)
        except TokenError as error:
            LOG.warning("A ResponseURL was refused: it %s", error.problem)
            return Reply(HTTPStatus.FORBIDDEN, str(error), AnswerOutcome.FORGED)
        return sealed

    def _answer(self, sealed: Sealed, body: Body) -> HTTPResponse:
        reply = self._guarded(lambda: self._settle(sealed, body))
        identity = sealed.identity
        LOG.info(
            "%s: told the handler %d (%s)",
            shown(identity),
            reply.status.value,
            printable(reply.text),
            extra=named(identity),
        )
        return self._told(reply)

    def _guarded(self, work: Callable[[], _Found]) -> "_Found | Reply":
        try:
            return work()
        except Exception as error:  # whatever it is, it is ours, and the handler can only try again
            wrong = without_text(error)
        # Where, but not the message: it may quote Heat's signed URL. Nor while the exception is handled: oslo.log
        # would add its text.
        LOG.error("%s", wrong)
        return FAILED

    def _told(self, reply: Reply) -> HTTPResponse:
        if reply.outcome is not None:
            self.metrics.answered(reply.outcome)
        return reply.response()

    def _settle(self, sealed: Sealed, body: Body) -> Reply:
        if body.broken:
            return Reply(HTTPStatus.BAD_REQUEST, body.broken, AnswerOutcome.IGNORED)
        verdict = judge(body, sealed.identity, limit=self.max_body)
        if verdict.forward is None:
            return Reply(verdict.status, verdict.text, AnswerOutcome.IGNORED)
        settled, why = self._hand_on(sealed, verdict.forward)
        if settled is SettleOutcome.REFUSED:
            if isinstance(verdict.forward, Progress):
                text = f"Heat takes no report of progress: {why}"
                return Reply(HTTPStatus.BAD_REQUEST, text, AnswerOutcome.IGNORED)
            refused = refused_by_heat(why, verdict.forward)
            verdict = judged(refused)
            settled, _ = self._hand_on(sealed, refused)
        if settled is SettleOutcome.NOT_YET:
            return TRY_LATER
        return Reply(verdict.status, verdict.text, _became(settled, verdict))

    def _hand_on(self, sealed: Sealed, answer: HandlerAnswer | Progress) -> tuple[SettleOutcome, str]:
        began = self.monotonic()
        url = sealed.url
        settled, why = self.bus.settle(sealed, answer) if url is None else self.settler.settle(url, answer)
        self.metrics.settled(settled, self.monotonic() - began)
        return settled, why


def _became(settled: SettleOutcome, verdict: Judgement) -> AnswerOutcome:
    if settled is SettleOutcome.GONE:
        return AnswerOutcome.GONE
    if isinstance(verdict.forward, Progress):
        return AnswerOutcome.PROGRESS
    return AnswerOutcome.TAKEN if verdict.status is HTTPStatus.OK else AnswerOutcome.REFUSED


def _read(environ: Mapping[str, Any], *, limit: int) -> Body:
    try:
        return read_body(environ, limit=limit)
    except UnreadableError as error:
        return Body(raw=b"", size=0, broken=str(error))


def _not_allowed(allow: str) -> Reply:
    return Reply(HTTPStatus.METHOD_NOT_ALLOWED, f"Only {allow} works here", allow=allow)
