"""python-zaqarclient with another transport: its requests and its reading of answers over a keystoneauth adapter.

The library's own transport takes 413, 429, 502 and 504 for success (the table in its
``transport/base.py`` knows seven statuses), has no timeout, and opens a connection for every call.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from zaqarclient.queues.v2 import client as zaqar_client
from zaqarclient.queues.v2.api import V2
from zaqarclient.transport import request as zaqar_request
from zaqarclient.transport import response as zaqar_response

from customresource_bridge import errors
from customresource_bridge.clients.http import error_for, problem_in, service_errors

SERVICE = "Zaqar"
_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


_VERBS = {
    "claim_create": "claim messages",
    "claim_delete": "release a claim",
    "claim_update": "renew a claim",
    "message_delete_many": "delete messages",
    "message_list": "list messages",
    "message_post": "store a message",
    "queue_list": "list queues",
    "signed_url_create": "sign a queue's URL",
}


class Transport:
    """What python-zaqarclient calls a transport, over a keystoneauth adapter."""

    def __init__(self, adapter: Any, *, authenticated: bool) -> None:
        self._adapter = adapter
        self._authenticated = authenticated

    def send(self, request: Any) -> Any:
        """Send one of the library's requests.

        :raises ServiceError: the answer is no 2xx, or not Zaqar's, or there is none.
        """
        schema = request.api.get_schema(request.operation) if request.operation else {}
        doing = _doing(request.operation)
        with service_errors(SERVICE, doing):
            response = self._adapter.request(
                _path(request, schema),
                schema.get("method", "GET"),
                params=request.params,
                data=request.content,
                headers={**request.headers, "Content-Type": "application/json", "Accept": "application/json"},
                authenticated=self._authenticated,
            )
        if not 200 <= response.status_code < 300:  # noqa: PLR2004 - the 2xx
            raise error_for(SERVICE, doing, _without_ids(problem_in(response.text)), status=response.status_code)
        _check_json(response.text, doing)
        return zaqar_response.Response(
            request, response.text, headers=response.headers, status_code=response.status_code
        )


def _doing(operation: str | None) -> str:
    """Return what an operation of the library does, with the verb first: ``list messages``."""
    if not operation:
        return "list queues"  # the next page of them
    thing, _, verb = operation.partition("_")
    return _VERBS.get(operation) or f"{verb.replace('_', ' ')} a {thing}"


def _check_json(text: str, doing: str) -> None:
    """Refuse a page, such as a proxy's, that the library would take for an empty answer: for nothing to claim.

    :raises ServiceUnavailable: it is neither empty nor JSON.
    """
    try:
        json.loads(text or "null")
    except (ValueError, RecursionError) as error:
        raise errors.ServiceUnavailable(SERVICE, doing, "something else than Zaqar answered") from error


def _without_ids(text: str) -> str:
    # Zaqar names the claim or the message, and both are capabilities.
    return _ID.sub("***", text)


def _path(request: Any, schema: dict[str, Any]) -> str:
    if request.ref:  # a page's link, as Zaqar wrote it: /v2/queues?marker=...
        parts = urlsplit(request.ref)
        return f"/v2/{parts.path.removeprefix('/').removeprefix('v2/')}?{parts.query}"
    names = {name: request.params.pop(name) for name in list(request.params) if f"{{{name}}}" in schema["ref"]}
    return "/v2/" + str(schema["ref"]).format(**names)


class Client(zaqar_client.Client):  # type: ignore[misc] # zaqarclient has no types
    """python-zaqarclient with our transport; its seam is these two methods."""

    _api = V2()

    def __init__(self, transport: Transport, *, client_id: str | None) -> None:
        super().__init__(version=2, conf={"client_uuid": client_id} if client_id else None)
        self._transport = transport

    def _request_and_transport(self) -> tuple[Any, Transport]:
        request = zaqar_request.Request(api=2, headers={"Client-ID": self.client_uuid})
        request._api = self._api  # noqa: SLF001 - else it scans all entry points for each request
        return request, self._transport

    def call(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run one of the library's ``core`` functions."""
        request, transport = self._request_and_transport()
        return operation(transport, request, *args, **kwargs)
