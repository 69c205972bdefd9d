"""Where a resource's memory lives: rows of Heat's resource_data, encrypted but for what the monitor must find.

Five keys. ``custom_resource.state`` is written only by the engine thread that holds the resource's lock.
``custom_resource.answer.<RequestId>`` is written only by a signal, and only once; a further one that names another id
is kept beside it. ``custom_resource.progress`` is the handler's latest report that it is at work. Two are not
encrypted: ``custom_resource.request``, the lease (``leases``); and ``custom_resource.signer``, which says of the whole
stack that its signer was made, in the row of the resource that made it.

Why not Heat's own ``data_set``: its value column holds 64 KB, it has no "only if it is not there yet", and one read
would decrypt every row. Why not the resource's metadata: writing that bumps the row's atomic key under the engine
thread that holds it, and the stack hangs for ever.
"""

import base64
import hashlib
import zlib
from collections.abc import Collection
from typing import Any

from heat.common import crypt
from heat.db import models

from customresource_bridge.plugin.heat import leases
from customresource_bridge.plugin.heat.transactions import reads, retried, writes
from customresource_bridge.plugin.lifecycle.lease import Lease

PREFIX = "custom_resource."
STATE_KEY = f"{PREFIX}state"
ANSWER_KEY = f"{PREFIX}answer."
SIGNER_KEY = f"{PREFIX}signer"
PROGRESS_KEY = f"{PREFIX}progress"

_CHUNK = 40_000
"""Characters before encryption: Fernet makes four thirds of it, and the column holds 65,535."""
_COMPRESS_ABOVE = 8_000
MAX_CHARACTERS = 4 * 1024 * 1024
"""Of one value; beyond any request or response that the protocol takes."""


@reads
def read(context: Any, row_id: int, key: str) -> str | None:
    """Return the text under ``key`` of a resource's row, or None."""
    return _read(context, row_id, key)


@reads
def read_all(context: Any, row_id: int) -> tuple[str | None, Lease | None]:
    """Return a row's state and lease in one query."""
    rows = (
        context.session.query(models.ResourceData)
        .filter(models.ResourceData.resource_id == row_id, models.ResourceData.key.like(f"{PREFIX}%"))
        .all()
    )
    state = _join([row for row in rows if row.key.startswith(f"{STATE_KEY}#")])
    lease = next((Lease.parse(row.value, place=row.id) for row in rows if row.key == leases.REQUEST_KEY), None)
    return state, lease


@reads
def answered(context: Any, row_ids: Collection[int]) -> set[int]:
    """Return those of some rows for which an answer is kept that was not yet taken over."""
    found = (
        context.session.query(models.ResourceData.resource_id)
        .filter(models.ResourceData.resource_id.in_(row_ids), models.ResourceData.key.like(f"{ANSWER_KEY}%"))
        .distinct()
    )
    return {row[0] for row in found}


@retried
@writes
def write(context: Any, row_id: int, key: str, text: str) -> None:
    """Store ``text`` under ``key`` of a resource's row."""
    _put(context, row_id, key, text)


@retried
@writes
def write_request(context: Any, row_id: int, state: str, old: Lease | None, new: Lease) -> bool:
    """Store a new request and its lease, both or neither.

    :param old: the lease of the row's request before; None where it never had one.
    :returns: False where that is not the row's lease any more: nothing was stored.
    """
    if not leases.put(context, row_id, old, new):
        return False
    _put(context, row_id, STATE_KEY, state)
    return True


@retried
@writes
def note_signer(context: Any, row_id: int) -> None:
    """Store that the stack of a resource's row has a signer."""
    there = context.session.query(models.ResourceData.id).filter_by(resource_id=row_id, key=SIGNER_KEY).first()
    if there is None:
        row = models.ResourceData(key=SIGNER_KEY, value="made", resource_id=row_id, redact=False, decrypt_method="")
        context.session.add(row)
        context.session.flush()


@retried
@writes
def forget_signer(context: Any, stack_id: str) -> None:
    """Delete the notes that a stack has a signer; to be called before the signer is removed."""
    noted = (
        context.session.query(models.ResourceData)
        .join(models.Resource, models.Resource.id == models.ResourceData.resource_id)
        .filter(models.Resource.stack_id == stack_id, models.ResourceData.key == SIGNER_KEY)
    )
    for row in noted:
        context.session.delete(row)
    context.session.flush()


@retried
@writes
def write_first(context: Any, row_id: int, key: str, text: str) -> bool:
    """Store ``text`` under ``key`` unless there is one already; return whether it was stored.

    The resource's row is locked meanwhile, so that of two answers at the same moment exactly one is the first, and that
    none is stored in a row that is deleted: what looks into it after it became so has seen all.
    """
    asked = context.session.query(models.Resource.action, models.Resource.status).filter_by(id=row_id)
    locked = asked.with_for_update().first()
    if locked is None or tuple(locked) == ("DELETE", "COMPLETE") or _read(context, row_id, key) is not None:
        return False
    _put(context, row_id, key, text)
    return True


@retried
@writes
def write_alone(context: Any, row_id: int, key: str, text: str) -> None:
    """Store ``text`` under ``key`` of a row that any process may write; the resource's row is locked meanwhile."""
    if context.session.query(models.Resource.id).filter_by(id=row_id).with_for_update().first() is not None:
        _put(context, row_id, key, text)


@retried
@writes
def forget_answers(context: Any, row_id: int, keys: Collection[str]) -> None:
    """Delete those answers of a resource's row that were taken over into its state, and no other: one may just come."""
    for row in _answers(context, row_id):
        if _said(row.key) in keys:
            context.session.delete(row)
    context.session.flush()


@reads
def read_answers(context: Any, row_id: int) -> dict[str, str]:
    """Return the answers of a resource's row, in the order in which they came.

    By what is to be handed to :func:`forget_answers`.
    """
    rows = _answers(context, row_id)
    texts = {said: _join([row for row in rows if _said(row.key) == said]) for said in [_said(row.key) for row in rows]}
    return {said: text for said, text in texts.items() if text is not None}


def _answers(context: Any, row_id: int) -> list[Any]:
    found: list[Any] = (
        context.session.query(models.ResourceData)
        .filter(models.ResourceData.resource_id == row_id, models.ResourceData.key.like(f"{ANSWER_KEY}%"))
        .order_by(models.ResourceData.id)
        .all()
    )
    return found


def _said(key: str) -> str:
    return key.removeprefix(ANSWER_KEY).partition("#")[0]


def request_of(said: str) -> str:
    """Return the RequestId of one of :func:`read_answers`."""
    return said.partition(".")[0]


def _read(context: Any, row_id: int, key: str) -> str | None:
    return _join(_rows(context, row_id, key))


def _join(rows: list[Any]) -> str | None:
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: int(row.key.rpartition("#")[2]))
    text = "".join(crypt.decrypt(row.decrypt_method, row.value) for row in ordered)
    return zlib.decompress(base64.b85decode(text[1:])).decode() if text.startswith("z") else text


def _put(context: Any, row_id: int, key: str, text: str) -> None:
    """Store ``text``, in as many rows as it takes; those that are there are used again."""
    there = {row.key: row for row in _rows(context, row_id, key)}
    for number, chunk in enumerate(_chunks(text)):
        row = there.pop(f"{key}#{number}", None)
        if row is None:
            row = models.ResourceData(key=f"{key}#{number}", resource_id=row_id, redact=True)
            context.session.add(row)
        row.decrypt_method, row.value = crypt.encrypt(chunk)
    for row in there.values():
        context.session.delete(row)
    context.session.flush()


def _chunks(text: str) -> list[str]:
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text)} characters are too many to keep")
    if len(text) > _COMPRESS_ABOVE:
        text = "z" + base64.b85encode(zlib.compress(text.encode())).decode("ascii")
    return [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]


def _rows(context: Any, row_id: int, key: str) -> list[Any]:
    found: list[Any] = (
        context.session.query(models.ResourceData)
        .filter(models.ResourceData.resource_id == row_id, models.ResourceData.key.like(f"{key}#%"))
        .all()
    )
    return found


def answer_key(request_id: str) -> str:
    """Return the key under which the answer to a request is kept."""
    return f"{ANSWER_KEY}{request_id}"


def further_answer_key(request_id: str, physical_resource_id: str) -> str:
    """Return the key under which a further answer is kept that names another id: one for each id, 256 at most."""
    return f"{answer_key(request_id)}.{hashlib.sha256(physical_resource_id.encode()).hexdigest()[:2]}"
