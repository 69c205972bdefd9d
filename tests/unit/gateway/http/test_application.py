from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from customresource_bridge.gateway.body import Body
from customresource_bridge.gateway.http.application import HTTPResponse, WSGIApplication


def test_a_wsgi_application_is_asked_once_the_body_has_come() -> None:
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.append(environ)
        start("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"go", b"ne"]

    answer = WSGIApplication(application).admit("GET", "/metrics")
    assert seen == []
    response = answer(Body(raw=b"ab", size=2))
    assert response == HTTPResponse(HTTPStatus.NOT_FOUND, b"gone", (("Content-Type", "text/plain"),))
    assert seen == [{"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "CONTENT_LENGTH": "2"}]
