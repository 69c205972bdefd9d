"""JSON over HTTP to the cloud's own services: enough to see that they are up and to fill Keystone.

By hand, on urllib, because the starter runs before any library is installed.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Nothing here leaves the machine: no proxy.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(method: str, url: str, *, token: str = "", body: object = None, timeout: float = 10.0) -> Answer:
    """Send one request; OSError when there is no answer at all."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Client-ID": _CLIENT_ID}
    if token:
        headers["X-Auth-Token"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 our own URL
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return Answer(answer.status, dict(answer.headers), _parse(answer.read()))
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), _parse(error.read()))


_CLIENT_ID = "3c9e2e1c-5d0b-4b0f-9f5a-6f3f0c9c2d11"  # Zaqar wants one; any UUID will do


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def login(auth_url: str, *, user: str, project: str, password: str) -> str | None:
    """Return a project-scoped token; None when Keystone does not give one."""
    domain = {"id": "default"}
    body = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": user, "domain": domain, "password": password}},
            },
            "scope": {"project": {"name": project, "domain": domain}},
        }
    }
    answer = call("POST", f"{auth_url}/v3/auth/tokens", body=body)
    return answer.headers.get("X-Subject-Token") if answer.status == 201 else None
