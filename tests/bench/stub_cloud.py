"""The services around a bridge as one fast stub over real HTTP: Keystone, Zaqar, Mistral, and who takes responses.

``python -m bench.stub_cloud PORT`` serves them, in a process of its own; the benches steer it by ``/bench/...``.
"""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from bench.stub_state import PROJECT, Stub

from customresource_bridge.compat import UTC

Answer = tuple[int, Any]
_SERVICES = {
    "messaging": "/zaqar",
    "workflowv2": "/mistral/v2",
    "orchestration": "/heat",
    "cloudformation": "/cfn/v1",
    "identity": "/keystone/v3",
}


class App:
    """The ASGI application."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._parts: dict[str, Callable[[str, list[str], str, bytes], Answer]] = {
            "keystone": self._keystone,
            "zaqar": self._zaqar,
            "mistral": self._mistral,
            "cfn": self._cfn,
            "bench": self._bench,
        }

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body += event.get("body", b"")
            more = event.get("more_body", False)
        service, *path = scope["path"].strip("/").split("/")
        query = scope["query_string"].decode()
        status, answer = self._parts[service](scope["method"], path, query, body)
        content = (answer if isinstance(answer, str) else json.dumps(answer)).encode() if answer is not None else b""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
        if service == "keystone":
            headers.append((b"x-subject-token", b"token"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _count(self, call: str) -> None:
        self._stub.calls[call] += 1

    def _keystone(self, method: str, path: list[str], _query: str, _body: bytes) -> Answer:
        if path[-1] == "trusts":
            self._count("Keystone: list trusts")
            return 200, {"trusts": [{"id": "t", "project_id": PROJECT, "trustor_user_id": "o", "impersonation": True}]}
        self._count("Keystone: token" if method == "POST" else "Keystone: version")
        catalog = [
            {
                "type": kind,
                "name": kind,
                "id": kind,
                "endpoints": [
                    {"id": kind, "interface": "public", "region": "R", "region_id": "R", "url": self._stub.base + path}
                ],
            }
            for kind, path in _SERVICES.items()
        ]
        token = {
            "methods": ["password"],
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "issued_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",  # by which a bridge sees Keystone's clock
            "project": {"id": PROJECT, "name": "bench", "domain": {"id": "default", "name": "Default"}},
            "user": {"id": "user", "name": "bench", "domain": {"id": "default", "name": "Default"}},
            "roles": [],
            "catalog": catalog,
        }
        return 201, {"token": token}

    def _zaqar(self, method: str, path: list[str], query: str, _body: bytes) -> Answer:  # noqa: PLR0911 - one a call
        zaqar = self._stub.zaqar
        match method, path[2:]:
            case "GET", []:
                self._count("Zaqar: list queues")
                wanted = parse_qs(query)
                return 200, zaqar.page(wanted.get("marker", [""])[0], int(wanted.get("limit", ["10"])[0]))
            case "POST", ["heat-cr-bridges", "messages"]:
                self._count("Zaqar: post a heartbeat")
                return 201, {"resources": ["/v2/queues/heat-cr-bridges/messages/1"]}
            case "POST", [queue, "claims"]:
                self._count("Zaqar: claim bells" if queue == "heat-cr-bell" else "Zaqar: claim a request")
                claimed = zaqar.claim(queue, int(query.partition("limit=")[2]))
                return (201, claimed) if claimed else (204, None)
            case "DELETE", [queue, "messages", _]:
                self._count("Zaqar: delete a request")
                zaqar.delete(queue, [query.partition("claim_id=")[2]])
                return 204, None
            case "DELETE", [queue, "messages"]:
                self._count("Zaqar: delete bells")
                zaqar.delete(queue, parse_qs(query)["claim_ids"])
                return 204, None
            case "PATCH", [_, "claims", _]:
                self._count("Zaqar: renew a claim")
                return 204, None
            case "DELETE", [queue, "claims", claim]:
                self._count("Zaqar: release a claim")
                zaqar.release(queue, claim)
                return 204, None
        return self._unknown(method, path)

    def _mistral(self, method: str, path: list[str], query: str, body: bytes) -> Answer:
        mistral = self._stub.mistral
        match method, path[1:]:
            case "POST", ["executions"]:
                self._count("Mistral: start")
                return 201, mistral.start(json.loads(body))
            case "GET", ["executions"]:
                self._count("Mistral: list")
                wanted = parse_qs(query)
                since = wanted.get("updated_at", [""])[0].removeprefix("gte:")
                return 200, mistral.finished(since, wanted.get("marker", [""])[0], int(wanted["limit"][0]))
            case "GET", ["executions", key]:
                self._count("Mistral: show")
                found = mistral.running.get(key) or mistral.ended.get(key)
                return (200, found) if found else (404, {"faultstring": "WorkflowExecution not found"})
        return self._unknown(method, path)

    def _cfn(self, method: str, path: list[str], _query: str, body: bytes) -> Answer:
        if method != "PUT" or json.loads(body)["Status"] != "SUCCESS":
            return self._unknown(method, path)
        self._count("ResponseURL: PUT")
        self._stub.answers[path[-1]] += 1
        return 200, {}

    def _bench(self, _method: str, path: list[str], _query: str, body: bytes) -> Answer:
        given = json.loads(body) if body else {}
        match path:
            case ["post"]:
                self._stub.post(given["requests"], given["stacks"])
            case ["queues"]:
                self._stub.make_queues(given["stacks"])
            case ["hold"]:
                self._stub.mistral.hold = given["running"]
                self._stub.mistral.end_the_oldest()
        return 200, self._stub.state()

    def _unknown(self, method: str, path: list[str]) -> Answer:
        self._count(f"unknown: {method} {'/'.join(path)}"[:200])
        return 500, {"message": "this stub does not know that call"}


def main() -> None:
    port = int(sys.argv[1])
    app = App(Stub(f"http://127.0.0.1:{port}"))
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
