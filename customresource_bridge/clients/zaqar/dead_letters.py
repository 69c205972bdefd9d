"""Sets aside messages that the bridge cannot answer, in a queue of the same project; shows them, and puts them back.

Their number is bounded: a poster of nonsense fills no store. What is shown holds no URL and no signature.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.zaqar import Message, Zaqar
from customresource_bridge.protocol import Bell, Extras, RequestError, fields, ids, limits
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.protocol.request import EXTRAS_KEY

LOG = oslo_log.getLogger(__name__)

MOST = 1000
"""Dead letters that a project keeps; what is set aside beyond that is dropped, with a line in the log."""
TTL = 7 * 24 * 3600
"""Seconds a dead letter is kept."""
BELL_TTL = 3600
EVERY = "all"
"""Stands for the names of all dead letters."""
REDRIVEN_MARGIN = 24 * 3600
"""Seconds a redriven message lives beyond its request's deadline: for the operator's bridges, which hear no project's
bell, it must outlive some of their sweeps."""
_LARGEST = 200 * 1024
_SECRET_TEXT = re.compile(
    r"""(?i)[a-z][a-z0-9+.-]{0,30}://[^\s"'<>]*"""
    r"""|(?<![a-z])((?:url-)?signature|token|password|key)["']?\s{0,9}[=:]\s{0,9}["']?[^\s"'&,}]+"""
)
"""A URL, and what follows the name of a secret: in a ServiceToken's query, in JSON that was posted as a text."""
_SECRET = frozenset({"ResponseURL", "PreviousResponseURL", "Signature", "beginning_of_body"})


def set_aside(zaqar: Zaqar, message: Message, *, reason: str, now: datetime) -> None:
    """Copy a message to the dead letters with the reason, then delete it. Where they are too many, only delete it.

    :raises ServiceError: it could not be copied, and is not deleted; or not be deleted, and will come again.
    """
    if _are_too_many(zaqar):
        LOG.warning("%d dead letters are kept already: one of %s is dropped: %s", MOST, message.queue, one_line(reason))
    else:
        zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason=reason, now=now), ttl=TTL)
    zaqar.delete(message)


def _are_too_many(zaqar: Zaqar) -> bool:
    try:
        return zaqar.count(ids.DEAD_LETTER_QUEUE) >= MOST
    except errors.ServiceError:  # to lose one for that would be worse than one too many
        return False


def claimed_request_id(message: Message) -> str:
    """Return what a message says is its RequestId, fit for a log line; empty where it says nothing of the kind."""
    said = message.body.get("RequestId") if isinstance(message.body, dict) else None
    return _line(said)[:100] if isinstance(said, str) else ""


def letter(message: Message, *, reason: str, now: datetime) -> dict[str, Any]:
    """Return what is kept: the body as it came, or its beginning where it is too large to be kept with a reason.

    Of one that nests too deeply nothing is kept: what reads one may fail at the next level of the letter.
    """
    result: dict[str, Any] = {"reason": reason, "queue": message.queue, "set_aside_at": now.isoformat()}
    try:
        fields.check_nesting(message.body, "The message", error=RequestError)
    except RequestError as deep:
        return {**result, "beginning_of_body": f"The message {deep.problem}"}
    text = json.dumps(message.body)
    if len(text) <= _LARGEST:
        return {**result, "body": message.body}
    return {**result, "beginning_of_body": text[:1000], "bytes": len(text)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A dead letter as a command shows it.

    :ivar name: made from the message's id, which is itself a capability and not for showing.
    :ivar set_aside_at: as it was written.
    """

    name: str
    queue: str
    reason: str
    set_aside_at: str
    message: Message

    def shown(self) -> Any:
        """Return all of it but URLs and signatures, as deep as any message may nest."""
        return _masked(self.message.body, levels=limits.MAX_NESTING)


def letters(zaqar: Zaqar) -> Iterator[DeadLetter]:
    """Yield the project's dead letters, oldest first."""
    for message in zaqar.messages(ids.DEAD_LETTER_QUEUE):
        body = message.body if isinstance(message.body, dict) else {}
        yield DeadLetter(
            name=hashlib.sha256(message.message_id.reveal().encode()).hexdigest()[:10],
            queue=_line(body.get("queue")),
            reason=_line(body.get("reason")),
            set_aside_at=_line(body.get("set_aside_at")),
            message=message,
        )


def chosen(zaqar: Zaqar, name: str, *, many: bool = False) -> list[DeadLetter]:
    """Return the dead letter of a name.

    :param many: whether :data:`EVERY` is a name, of all of them; there may be none.
    :raises NotFound: none has the name.
    """
    found = [letter for letter in letters(zaqar) if letter.name == name or (many and name == EVERY)]
    if not found and not (many and name == EVERY):
        raise errors.NotFound("Zaqar", "find the dead letter", f"none is named '{_line(name)}'; list shows them")
    return found


def redrive(zaqar: Zaqar, letter: DeadLetter, *, now: datetime) -> None:
    """Put a dead letter back into its queue, ring the project's bell, and delete the letter.

    The operator's bridges do not read that bell: their next sweep finds the message.

    :raises Rejected: it was too large to be kept whole, or names no stack's queue.
    """
    body = letter.message.body
    if not isinstance(body, dict) or "body" not in body:
        raise errors.Rejected("Zaqar", f"redrive {letter.name}", "only its beginning was kept: purge it")
    if not ids.is_stack_queue(letter.queue):
        raise errors.Rejected("Zaqar", f"redrive {letter.name}", "it names no stack's queue: purge it")
    zaqar.post(letter.queue, body["body"], ttl=_seconds_left(body["body"], now) + REDRIVEN_MARGIN)
    zaqar.post(ids.BELL_QUEUE, Bell(letter.queue).to_dict(), ttl=BELL_TTL)
    zaqar.delete(letter.message)


def _seconds_left(body: Any, now: datetime) -> int:
    """Return the seconds until a request's deadline; none where it says no such thing."""
    try:
        extras = Extras.parse(fields.object_(body, "The message", error=RequestError).get(EXTRAS_KEY))
    except RequestError:
        return 0
    return max(0, int((extras.deadline - now).total_seconds()))


def _line(value: Any) -> str:
    # Any poster may write anything into the queue: one line, and no control characters on a terminal.
    return one_line(value[:500]) if isinstance(value, str) else "-"


def _masked(value: Any, *, levels: int) -> Any:
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: f"{found.group(1)}=***" if found.group(1) else "***", value)
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return "..."
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET else _masked(item, levels=levels - 1) for key, item in value.items()}
    return [_masked(item, levels=levels - 1) for item in value]
