"""A cloud of a few canned answers on 127.0.0.1: enough for a command to log in, and to find every service or none."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

PROJECT = "5f3c0a1e9b7d4c2f8a6e1d0b3c5a7f92"
SERVICES = {
    "messaging": "/zaqar",
    "workflowv2": "/mistral/v2",
    "orchestration": "/heat/v1",
    "cloudformation": "/cfn/v1",
}
_ANSWERS: list[tuple[str, str, int, Any]] = [
    ("POST", "/keystone/v3/auth/tokens", 201, None),
    ("GET", "/keystone/v3/OS-TRUST/trusts", 200, {"trusts": []}),
    ("POST", "/zaqar/v2/queues/[^/]+/claims", 204, None),
    ("GET", "/zaqar/v2/queues", 200, {"queues": [], "links": []}),
    ("GET", "/mistral/v2/executions", 200, {"executions": []}),
    ("GET", "/mistral/v2/workflows/record", 200, {"id": "1", "name": "record", "definition": ""}),
    ("GET", "/heat/v1/stacks", 200, {"stacks": []}),
    ("GET", "/cfn/v1/?", 300, {"versions": []}),
]


class LoopbackCloud:
    """Its services, each of which may be away, and the environment variables that lead to it."""

    def __init__(self, server: HTTPServer, *, services: dict[str, str] = SERVICES) -> None:
        self.away: set[str] = set()
        self.refused = False
        self._url = server.url_for("").rstrip("/")
        self._token = _token({kind: f"{self._url}{path}" for kind, path in services.items()})
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def environment(self) -> dict[str, str]:
        """OS_* of a tenant."""
        account = {"USERNAME": "demo", "PASSWORD": "secret", "PROJECT_NAME": "demo"}
        domains = {"USER_DOMAIN_NAME": "Default", "PROJECT_DOMAIN_NAME": "Default"}
        return {f"OS_{name}": value for name, value in {**account, **domains, "AUTH_URL": self.auth_url}.items()}

    @property
    def auth_url(self) -> str:
        """Keystone's."""
        return f"{self._url}/keystone/v3"

    def url(self, path: str) -> str:
        """One of its addresses."""
        return f"{self._url}{path}"

    def _answer(self, request: Request) -> Response:
        if request.path.split("/")[1] in self.away:
            return Response("away", 503)
        if request.path.rstrip("/") == "/keystone/v3":
            version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": self.auth_url}]}
            return Response(json.dumps({"version": version}), content_type="application/json")
        if self.refused:
            return Response(json.dumps({"error": {"code": 401, "title": "Unauthorized"}}), 401)
        for method, path, status, body in _ANSWERS:
            if request.method == method and re.fullmatch(path, request.path):
                token = body is None and status == 201  # a login
                text = json.dumps(self._token if token else body) if token or body is not None else ""
                return Response(text, status, {"X-Subject-Token": "token-of-mine"}, content_type="application/json")
        return Response(json.dumps({"error": {"code": 404}}), 404, content_type="application/json")


def _token(catalogue: dict[str, str]) -> dict[str, Any]:
    """Return Keystone's answer to a login."""
    domain = {"id": "default", "name": "Default"}
    services = [
        {"type": kind, "name": kind, "id": kind, "endpoints": [{"interface": "public", "region": "R", "url": url}]}
        for kind, url in catalogue.items()
    ]
    return {
        "token": {
            "methods": ["password"],
            "expires_at": "2999-01-01T00:00:00.000000Z",
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "user": {"id": "u", "name": "demo", "domain": domain},
            "project": {"id": PROJECT, "name": "demo", "domain": domain},
            "roles": [{"id": "r", "name": "member"}],
            "catalog": services,
        }
    }


@contextmanager
def loopback_cloud(**more: Any) -> Iterator[LoopbackCloud]:
    """Run one."""
    with HTTPServer() as server:
        yield LoopbackCloud(server, **more)
