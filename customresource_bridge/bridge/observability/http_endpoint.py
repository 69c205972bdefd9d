"""The WSGI application for an operator's tools: ``/metrics``, ``/healthz``, ``/readyz``.

For a private address: it asks for no credentials, and has nothing secret to tell.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from customresource_bridge.exposition.figures import CONTENT_TYPE

_TEXT = "text/plain; charset=utf-8"


class StatusApplication:
    """The application.

    :param exposition: returns the figures in Prometheus' text format.
    :param problems: returns what keeps the process from its work.
    """

    def __init__(self, *, exposition: Callable[[], bytes], problems: Callable[[], list[str]]) -> None:
        self._exposition = exposition
        self._problems = problems

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        status, kind, body = self._answer(environ)
        head = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", head)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _answer(self, environ: Mapping[str, Any]) -> tuple[HTTPStatus, str, bytes]:
        if environ.get("REQUEST_METHOD") not in {"GET", "HEAD"}:
            return HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, b"Only GET and HEAD work here\n"
        match environ.get("PATH_INFO"):
            case "/metrics":
                return HTTPStatus.OK, CONTENT_TYPE, self._exposition()
            case "/healthz":
                return HTTPStatus.OK, _TEXT, b"OK\n"
            case "/readyz":
                return self._readiness()
            case _:
                return HTTPStatus.NOT_FOUND, _TEXT, b"Nothing is here but /metrics, /healthz and /readyz\n"

    def _readiness(self) -> tuple[HTTPStatus, str, bytes]:
        problems = self._problems()
        if not problems:
            return HTTPStatus.OK, _TEXT, b"ready\n"
        return HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, f"not ready: {'; '.join(problems)}\n".encode()
