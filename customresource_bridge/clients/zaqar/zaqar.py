"""Zaqar: post, claim one, renew, release, delete; queues.

Every method raises ServiceError where Zaqar did not do what was asked; none asks twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from zaqarclient.queues.v2 import core

from customresource_bridge import errors
from customresource_bridge.clients.http import LONGEST_PATIENCE, QuietAdapter
from customresource_bridge.clients.zaqar.transport import SERVICE, Client, Transport
from customresource_bridge.protocol.secret import Secret
from customresource_bridge.protocol.service_token import SignedQueueToken

MIN_CLAIM_TTL = 60
"""Seconds. Zaqar takes no shorter claim, and no shorter grace."""
MAX_MESSAGE_TTL = 14 * 24 * 3600
"""Seconds."""
MIN_MESSAGE_TTL = 60
"""Seconds."""
_PAGE = 20
"""Messages or queues in one answer; Zaqar gives no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, as read or as claimed.

    :ivar message_id: a capability across tenants on some stores, hence a secret.
    :ivar claim_id: None where it was only looked at.
    :ivar body: decoded JSON, from any user who may post.
    :ivar age: seconds since it was posted, as Zaqar said when it was read.
    """

    queue: str
    message_id: Secret
    claim_id: Secret | None
    body: Any = field(repr=False)
    age: int
    ttl: int


class Zaqar:
    """The queues of one project, or one queue of another.

    :param adapter: a keystoneauth adapter whose endpoint is Zaqar's, without the version.
    :param authenticated: whether calls carry a token.
    :param client_id: what Zaqar knows this consumer by; by default a random one.
    """

    def __init__(self, adapter: Any, *, authenticated: bool = True, client_id: str | None = None) -> None:
        self._client = Client(Transport(adapter, authenticated=authenticated), client_id=client_id)

    @classmethod
    def from_session(
        cls,
        session: Any,
        *,
        region_name: str | None = None,
        interface: str = "public",
        timeout: float = 10.0,
        longest: float = LONGEST_PATIENCE,
    ) -> "Zaqar":
        """Return a client with the authority of a keystoneauth session.

        :param timeout: seconds for a call, and ``longest`` to how many that may grow where answers come late.
        """
        return cls(
            QuietAdapter(
                session=session,
                service_type="messaging",
                region_name=region_name,
                interface=interface,
                timeout=timeout,
                longest=longest,
            )
        )

    @classmethod
    def from_signed_queue(
        cls, session: Any, token: SignedQueueToken, *, endpoint: str, timeout: float = 10.0
    ) -> "Zaqar":
        """Return a client for a pre-signed queue of another project: signed headers, and no token.

        :param session: a keystoneauth session, which needs no credentials.
        :param endpoint: Zaqar's, without the version.
        """
        headers = {
            "URL-Signature": token.signature.reveal(),
            "URL-Expires": token.expires,
            "URL-Methods": ",".join(token.methods),
            "URL-Paths": ",".join(token.paths),
            "X-Project-Id": token.project_id,
        }
        adapter = QuietAdapter(session=session, endpoint_override=endpoint, additional_headers=headers, timeout=timeout)
        return cls(adapter, authenticated=False)

    def post(self, queue: str, body: Any, *, ttl: int) -> None:
        """Post one message.

        :param ttl: seconds it lives, however often it is claimed.
        :raises ServiceError: it was not stored.
        """
        answer = self._queue(queue).post({"body": body, "ttl": max(MIN_MESSAGE_TTL, min(ttl, MAX_MESSAGE_TTL))})
        if not isinstance(answer, dict) or not answer.get("resources"):
            raise errors.ServiceUnavailable(SERVICE, "store a message", "its answer names none")

    def claim_one(self, queue: str, *, ttl: int, grace: int = MIN_CLAIM_TTL) -> Message | None:
        """Claim the oldest free message, or return None where there is none, nor such a queue.

        One at a time: with more, Zaqar's redis driver hands out messages that another claim holds.

        :param ttl: seconds until it is free again unless renewed.
        """
        answer = self._client.call(core.claim_create, queue, ttl=ttl, grace=grace, limit=1)
        messages = answer.get("messages") if isinstance(answer, dict) else None
        return _message(queue, messages[0]) if messages else None

    def claim_hints(self, queue: str) -> list[Message]:
        """Claim a queue's oldest messages, for a queue where it does no harm that two consumers get the same one.

        That happens with more than one at a time: see :meth:`claim_one`.
        """
        answer = self._client.call(core.claim_create, queue, ttl=MIN_CLAIM_TTL, grace=MIN_CLAIM_TTL, limit=_PAGE)
        found = answer.get("messages") if isinstance(answer, dict) else None
        return [_message(queue, raw) for raw in found or []]

    def renew(self, message: Message, *, ttl: int, grace: int = MIN_CLAIM_TTL) -> None:
        """Keep a claim for ``ttl`` more seconds.

        :raises ServiceError: it could not be kept. An expired claim gives a 503 on redis, where a 404 is meant.
        """
        self._client.call(core.claim_update, message.queue, _claim(message), ttl=ttl, grace=grace)

    def release(self, message: Message) -> None:
        """Give a claimed message back, so that another may claim it at once."""
        self._client.call(core.claim_delete, message.queue, _claim(message))

    def delete(self, message: Message) -> None:
        """Delete a message: with its claim where it has one. One that is gone already is no error."""
        claim = message.claim_id.reveal() if message.claim_id else None
        try:
            self._client.call(core.message_delete, message.queue, message.message_id.reveal(), claim_id=claim)
        except errors.NotFound:
            return

    def delete_all(self, queue: str, messages: Sequence[Message]) -> None:
        """Delete claimed messages of one queue, whichever consumer holds them by now."""
        if messages:
            self._client.call(_delete_many, queue, messages)

    def messages(self, queue: str, *, claimed: bool = False) -> Iterator[Message]:
        """Look at a queue's messages, oldest first, without claiming them.

        A page that is not full is the last: asked for what follows a queue's only message, Zaqar's redis driver gives
        that message again, for ever.

        :param claimed: also at those that a consumer has claimed.
        """
        # From before the first: without a marker, Zaqar's redis driver answers 503 to who asks for claimed ones, too.
        more = {"include_claimed": True, "marker": "0"} if claimed else {}
        page = self._client.call(core.message_list, queue, echo=True, limit=_PAGE, **more)
        while isinstance(page, dict) and page.get("messages"):
            for raw in page["messages"]:
                yield _message(queue, raw)
            page = self._next(page) if len(page["messages"]) == _PAGE else None

    def queues(self, prefix: str = "") -> Iterator[str]:
        """Yield the names of the project's queues that begin with ``prefix``.

        The filter is ours: Zaqar's own works on one of its stores only, and is silently ignored elsewhere.
        """
        page = self._client.call(core.queue_list, limit=_PAGE)
        while isinstance(page, dict) and page.get("queues"):
            for raw in page["queues"]:
                if str(raw.get("name", "")).startswith(prefix):
                    yield str(raw["name"])
            page = self._next(page)

    def count(self, queue: str) -> int:
        """Return how many messages a queue has, claimed ones too; none where there is no such queue."""
        try:
            answer = self._client.call(core.queue_get_stats, queue)
        except errors.NotFound:
            return 0
        try:
            messages = answer["messages"]
            return int(messages.get("total") or int(messages.get("free") or 0) + int(messages.get("claimed") or 0))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise errors.ServiceUnavailable(SERVICE, "count messages", "its answer cannot be read") from error

    def delete_queue(self, queue: str) -> None:
        """Delete a queue and what is in it. One that is gone already is no error."""
        try:
            self._queue(queue).delete()
        except errors.NotFound:
            return

    def signed_url(
        self, queue: str, *, methods: list[str], ttl_seconds: int, paths: tuple[str, ...] = ("messages",)
    ) -> dict[str, Any]:
        """Return the signed headers' values that let others use a queue without an account.

        :param paths: what of the queue they may use: a consumer needs ``messages`` and ``claims``.
        """
        answer = self._queue(queue).signed_url(paths=list(paths), methods=methods, ttl_seconds=ttl_seconds)
        return dict(answer)

    def ping(self) -> None:
        """Ask for one queue's name, to see that Zaqar answers and takes our token."""
        self._client.call(core.queue_list, limit=1)

    def _queue(self, name: str) -> Any:
        return self._client.queue(name, auto_create=False)

    def _next(self, page: dict[str, Any]) -> Any:
        links = [link.get("href") for link in page.get("links", []) if link.get("rel") == "next"]
        return self._client.follow(links[0]) if links else None


def _delete_many(transport: Any, request: Any, queue: str, messages: Sequence[Message]) -> None:
    """Do what the library's message_delete_many does, and name the claims: Zaqar can be told to insist on them."""
    request.operation = "message_delete_many"
    request.params["queue_name"] = queue
    request.params["ids"] = [message.message_id.reveal() for message in messages]
    request.params["claim_ids"] = sorted({_claim(message) for message in messages})
    transport.send(request)


def _claim(message: Message) -> str:
    if message.claim_id is None:
        raise ValueError("the message is not claimed")
    return message.claim_id.reveal()


def _message(queue: str, raw: Any) -> Message:
    try:
        parts, age, ttl = urlsplit(str(raw["href"])), int(raw.get("age") or 0), int(raw.get("ttl") or 0)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise errors.ServiceUnavailable(SERVICE, "list messages", "its answer cannot be read") from error
    _, found, claim = parts.query.partition("claim_id=")
    return Message(
        queue=queue,
        message_id=Secret(parts.path.rsplit("/", 1)[-1]),
        claim_id=Secret(claim.partition("&")[0]) if found else None,
        body=raw.get("body"),
        age=age,
        ttl=ttl,
    )
