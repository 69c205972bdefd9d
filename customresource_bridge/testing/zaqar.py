"""Zaqar in memory: queues, claims that run out, and its odd answers."""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.zaqar import MAX_MESSAGE_TTL, MIN_CLAIM_TTL, MIN_MESSAGE_TTL, Message
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.limits import MAX_REQUEST_BYTES

_SERVICE = "Zaqar"


@dataclass(slots=True)
class _Claim:
    id: str
    until: float
    released: bool = False


@dataclass(slots=True)
class _Stored:
    id: str
    body: Any
    ttl: int
    posted: float
    claim: _Claim | None = None


class FakeZaqar:
    """Has the methods of ``clients.zaqar.zaqar.Zaqar``.

    :param now: seconds on a clock of the test's.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._queues: dict[str, list[_Stored]] = {}
        self._claims: dict[str, _Claim] = {}
        self._number = itertools.count(1)

    def post(self, queue: str, body: Any, *, ttl: int) -> None:
        """Post one message."""
        text = json.dumps(body)
        if len(text) > MAX_REQUEST_BYTES:
            raise errors.Rejected(_SERVICE, "store a message", "it is too large", status=400)
        lives = max(MIN_MESSAGE_TTL, min(ttl, MAX_MESSAGE_TTL))
        stored = _Stored(f"m{next(self._number)}", json.loads(text), lives, self._now())
        self._queues.setdefault(queue, []).append(stored)

    def claim_one(self, queue: str, *, ttl: int, grace: int = MIN_CLAIM_TTL) -> Message | None:
        """Claim the oldest free message."""
        if ttl < MIN_CLAIM_TTL or grace < MIN_CLAIM_TTL:
            raise errors.Rejected(_SERVICE, "claim messages", "ttl or grace is too small", status=400)
        for stored in self._alive(queue):
            if not self._holds(stored.claim):
                stored.claim = _Claim(f"c{next(self._number)}", until=self._now() + ttl)
                self._claims[stored.claim.id] = stored.claim
                return self._message(queue, stored, claim=stored.claim.id)
        return None

    def claim_hints(self, queue: str) -> list[Message]:
        """Claim the oldest free messages, twenty at most."""
        found = (self.claim_one(queue, ttl=MIN_CLAIM_TTL) for _ in range(20))
        return [message for message in found if message is not None]

    def renew(self, message: Message, *, ttl: int, grace: int = MIN_CLAIM_TTL) -> None:
        """Keep a claim; for one that ran out there is 503, as on redis, whoever has the message by now."""
        del grace
        claim = self._claim(message)
        if claim is None or claim.released:
            raise errors.NotFound(_SERVICE, "renew a claim", "no such claim", status=404)
        if not self._holds(claim):
            raise errors.ServiceUnavailable(_SERVICE, "renew a claim", "the claim has run out", status=503)
        claim.until = self._now() + ttl

    def release(self, message: Message) -> None:
        """Give a claimed message back."""
        claim = self._claim(message)
        if claim is not None and self._holds(claim):
            claim.released = True

    def delete(self, message: Message) -> None:
        """Delete a message, if the claim is the right one; one that is gone is no error."""
        stored, doing = self._find(message), "delete a message"
        if stored is None:
            return
        claim, held = self._claim(message), self._holds(stored.claim)
        if message.claim_id is None:
            if held:
                raise errors.Forbidden(_SERVICE, doing, "it is claimed", status=403)
        elif not held or claim is None or claim.released:
            raise errors.Rejected(_SERVICE, doing, "it is not claimed, or there is no such claim", status=400)
        elif not self._holds(claim):
            raise errors.ServiceUnavailable(_SERVICE, doing, "the claim has run out", status=503)
        elif claim is not stored.claim:
            raise errors.Forbidden(_SERVICE, doing, "claimed by another", status=403)
        self._queues[message.queue].remove(stored)

    def delete_all(self, queue: str, messages: Sequence[Message]) -> None:
        """Delete messages of one queue."""
        gone = {message.message_id.reveal() for message in messages}
        self._queues[queue] = [stored for stored in self._queues.get(queue, []) if stored.id not in gone]

    def messages(self, queue: str, *, claimed: bool = False) -> Iterator[Message]:
        """Look at the messages, also at claimed ones if told so."""
        for stored in self._alive(queue):
            if claimed or not self._holds(stored.claim):
                yield self._message(queue, stored, claim=None)

    def queues(self, prefix: str = "") -> Iterator[str]:
        """Yield the queues' names."""
        yield from sorted(name for name in self._queues if name.startswith(prefix))

    def delete_queue(self, queue: str) -> None:
        """Delete a queue and what is in it."""
        self._queues.pop(queue, None)

    def ping(self) -> None:
        """Do nothing."""

    def forget_everything(self) -> None:
        """Do what a redis without persistence does at its restart."""
        self._queues.clear()
        self._claims.clear()

    def count(self, queue: str) -> int:
        """Return how many messages there are, claimed or not."""
        return len(self._alive(queue))

    def _alive(self, queue: str) -> list[_Stored]:
        return [stored for stored in self._queues.get(queue, []) if self._now() < stored.posted + stored.ttl]

    def _holds(self, claim: _Claim | None) -> bool:
        return claim is not None and not claim.released and claim.until > self._now()

    def _claim(self, message: Message) -> _Claim | None:
        return None if message.claim_id is None else self._claims.get(message.claim_id.reveal())

    def _find(self, message: Message) -> _Stored | None:
        wanted = message.message_id.reveal()
        return next((stored for stored in self._alive(message.queue) if stored.id == wanted), None)

    def _message(self, queue: str, stored: _Stored, *, claim: str | None) -> Message:
        return Message(
            queue=queue,
            message_id=Secret(stored.id),
            claim_id=Secret(claim) if claim else None,
            body=json.loads(json.dumps(stored.body)),
            age=int(self._now() - stored.posted),
            ttl=stored.ttl,
        )
