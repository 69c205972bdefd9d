"""JSON over HTTP to the cloud's own services: enough to see that they are up and to fill Keystone.

By hand, on urllib, because the starter runs before any library is installed.
"""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any

_PATIENCE = 10.0


@cache
def _opener(ca_file: Path | None) -> urllib.request.OpenerDirector:
    # Nothing here leaves the machine: no proxy.
    secured = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), secured)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever its status; its headers' names in small letters, as a proxy may write them."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(method: str, url: str, *, ca_file: Path | None, token: str = "", body: object = None) -> Answer:
    """Send one request; OSError when there is no answer at all."""
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Client-ID": _CLIENT_ID}
    if token:
        headers["X-Auth-Token"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 our own URL
    try:
        with _opener(ca_file).open(request, timeout=_PATIENCE) as answer:
            return Answer(answer.status, _lower(answer.headers), _parse(answer.read()))
    except urllib.error.HTTPError as error:
        return Answer(error.code, _lower(error.headers), _parse(error.read()))
    except http.client.HTTPException as error:  # half an answer
        raise ConnectionError(f"{url}: {error!r}") from error


def _lower(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


_CLIENT_ID = "3c9e2e1c-5d0b-4b0f-9f5a-6f3f0c9c2d11"  # Zaqar wants one; any UUID will do


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def login(auth_url: str, *, user: str, project: str, password: str, ca_file: Path | None) -> str | None:
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
    answer = call("POST", f"{auth_url}/v3/auth/tokens", body=body, ca_file=ca_file)
    return answer.headers.get("x-subject-token") if answer.status == 201 else None
