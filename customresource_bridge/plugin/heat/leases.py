"""The leases, in Heat's resource_data: every change is a compare-and-swap, and goes with the row's lock in one step.

What a lease means is in ``lifecycle.lease``. Nothing here decides; of several processes that act on what they read,
the database lets one win.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from heat.db import models

from customresource_bridge.plugin.heat.transactions import overtaken, reads, retried, writes
from customresource_bridge.plugin.lifecycle.lease import Lease

REQUEST_KEY = "custom_resource.request"

Change = Callable[[Lease], Lease]


@reads
def read(context: Any, row_id: int) -> Lease | None:
    """Return a row's lease, or None where it never asked."""
    found = _find(context, row_id)
    return _lease(found) if found else None


@reads
def read_many(context: Any, row_ids: Collection[int]) -> dict[int, Lease]:
    """Return the leases of those of some rows that have one that can be read."""
    found = (
        context.session.query(models.ResourceData.resource_id, models.ResourceData.value)
        .filter(models.ResourceData.resource_id.in_(row_ids), models.ResourceData.key == REQUEST_KEY)
        .all()
    )
    leases = {}
    for row_id, text in found:
        with suppress(ValueError):  # one that another release wrote must not hide the others
            leases[row_id] = Lease.parse(text)
    return leases


@retried
@writes
def swap(context: Any, row_id: int, old: Lease, new: Lease) -> bool:
    """Put ``new`` in the place of ``old``; return False where another process changed it first."""
    # One statement where its place is known, since whatever waits renews its lease. The text of the release before
    # differs, and is found by being read.
    known = old.place is not None and _update(context, (old.place, old.to_text()), new)
    return known or put(context, row_id, old, new)


@retried
@writes
def park(context: Any, row_id: int, engine_id: str, change: Change) -> Lease | None:
    """Take the lock of ``engine_id`` off a row and change its lease, both or neither.

    :returns: the new lease; None where the row is another's by now, or has no lease.
    """
    if not _unlock(context, row_id, engine_id):
        return None
    return _change(context, row_id, change)


@retried
@writes
def take_over(context: Any, row_id: int, dead_engine_id: str, change: Change) -> bool:
    """Take the lock of an engine that died off a row and change its lease, if it has one, both or neither.

    :returns: False where another process did so first.
    """
    if not _unlock(context, row_id, dead_engine_id):
        return False
    _change(context, row_id, change)
    return True


@retried
@writes
def take_back_post(context: Any, row_id: int, request_id: str) -> None:
    """Count one post of a request less: it turned out not to have been one."""
    _change(context, row_id, lambda lease: lease.one_post_less() if lease.request_id == request_id else lease)


def put(context: Any, row_id: int, old: Lease | None, new: Lease) -> bool:
    """Put ``new`` in the place of ``old``, or of none, in the running transaction; return whether ``old`` was there."""
    found = _find(context, row_id)
    if found is not None:
        return _lease(found) == old and _update(context, found, new)
    if old is not None:
        return False
    row = models.ResourceData(key=REQUEST_KEY, value=new.to_text(), resource_id=row_id, redact=False, decrypt_method="")
    context.session.add(row)
    context.session.flush()
    return True


def _change(context: Any, row_id: int, change: Change) -> Lease | None:
    found = _find(context, row_id)
    if found is None:
        return None
    changed = change(_lease(found))
    if not _update(context, found, changed):
        raise overtaken()
    return changed


def _find(context: Any, row_id: int) -> tuple[int, str] | None:
    found = (
        context.session.query(models.ResourceData.id, models.ResourceData.value)
        .filter_by(resource_id=row_id, key=REQUEST_KEY)
        .first()
    )
    return (found[0], found[1]) if found else None


def _update(context: Any, found: tuple[int, str], new: Lease) -> bool:
    rows = context.session.query(models.ResourceData).filter_by(id=found[0], value=found[1])
    return bool(rows.update({"value": new.to_text()}, synchronize_session=False))


def _lease(found: tuple[int, str]) -> Lease:
    return Lease.parse(found[1], place=found[0])


def _unlock(context: Any, row_id: int, engine_id: str) -> bool:
    rows = context.session.query(models.Resource).filter_by(id=row_id, engine_id=engine_id)
    changed = rows.update({"engine_id": None, "atomic_key": models.Resource.atomic_key + 1}, synchronize_session=False)
    return bool(changed)
