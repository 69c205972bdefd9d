"""Questions to Heat's database about the rows of a stack, and of all stacks. Reads only."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from heat.db import models
from oslo_log import log as logging

from customresource_bridge.plugin.heat.leases import REQUEST_KEY
from customresource_bridge.plugin.heat.resource_data import SIGNER_KEY
from customresource_bridge.plugin.heat.transactions import reads
from customresource_bridge.plugin.lifecycle.lease import Lease

LOG = logging.getLogger(__name__)

UNANSWERED = ("SUSPEND", "RESUME", "SNAPSHOT")
"""Actions that wait for no answer, and that Heat cannot go on with after its engine died."""
HEAT_S_OWN = (*UNANSWERED, "CHECK")
"""Actions that wait for no answer to a Create, Update or Delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A resource whose request may be out."""

    row_id: int
    stack_id: str
    engine_id: str | None
    lease: Lease


@reads
def row_of_request(context: Any, stack_id: str, request_id: str) -> tuple[int, str] | None:
    """Return the row, and the name, of the stack's resource whose latest request is ``request_id``, or was before.

    None where that row is deleted: its account is closed.
    """
    found = (
        context.session.query(models.Resource.id, models.Resource.name)
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(
            models.Resource.stack_id == stack_id,
            models.ResourceData.key == REQUEST_KEY,
            models.ResourceData.value.like(f"{request_id} %")
            | models.ResourceData.value.like(f"% {request_id} %")
            | models.ResourceData.value.like(f"% {request_id}"),
            (models.Resource.action != "DELETE") | (models.Resource.status != "COMPLETE"),
        )
        .first()
    )
    return (found[0], found[1]) if found else None


@reads
def any_left(context: Any, stack_id: str) -> bool:
    """Return whether a resource of the stack ever asked a handler and is not DELETE_COMPLETE."""
    left = (
        context.session.query(models.Resource.id)
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(
            models.Resource.stack_id == stack_id,
            models.ResourceData.key == REQUEST_KEY,
            (models.Resource.action != "DELETE") | (models.Resource.status != "COMPLETE"),
        )
        .first()
    )
    return left is not None


@reads
def who_asked(context: Any, stack_id: str) -> set[str]:
    """Return the names of the stack's resources, deleted or not, that ever asked a handler."""
    asked = (
        context.session.query(models.Resource.name)
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(models.Resource.stack_id == stack_id, models.ResourceData.key == REQUEST_KEY)
    )
    return {row[0] for row in asked}


@reads
def deleted_among(context: Any, stack_ids: Collection[str]) -> set[str]:
    """Return those of ``stack_ids`` whose stack was deleted: what this Heat never knew is not among them."""
    found = context.session.query(models.Stack.id).filter(
        models.Stack.id.in_(stack_ids), models.Stack.deleted_at.is_not(None)
    )
    return {row[0] for row in found}


@reads
def has_signer(context: Any, stack_id: str) -> bool:
    """Return whether any resource of the stack, deleted or not, has noted that the stack's signer was made."""
    noted = (
        context.session.query(models.Resource.id)
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(models.Resource.stack_id == stack_id, models.ResourceData.key == SIGNER_KEY)
        .first()
    )
    return noted is not None


@reads
def project_needs_bridge(context: Any, project_id: str, stack_id: str) -> bool:
    """Return whether another stack of the project has custom resources, or is in the making and may get some."""
    others = context.session.query(models.Stack.id).filter(
        models.Stack.tenant == project_id, models.Stack.id != stack_id, models.Stack.deleted_at.is_(None)
    )
    making = others.filter(models.Stack.status == "IN_PROGRESS", models.Stack.action != "DELETE")
    has_custom = (
        others.join(models.Resource, models.Resource.stack_id == models.Stack.id)
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(
            models.ResourceData.key == REQUEST_KEY,
            (models.Resource.action != "DELETE") | (models.Resource.status != "COMPLETE"),
        )
    )
    return making.first() is not None or has_custom.first() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesakeRow:
    """Another row of the same name, alive: the one this row replaces, or is replaced by."""

    row_id: int
    template_id: int | None


@reads
def namesakes(context: Any, stack_id: str, name: str, row_id: int) -> list[NamesakeRow]:
    """Return the other rows of a stack's resource that are not deleted, oldest first."""
    found = (
        context.session.query(models.Resource.id, models.Resource.current_template_id)
        .filter(
            models.Resource.stack_id == stack_id,
            models.Resource.name == name,
            models.Resource.id != row_id,
            (models.Resource.action != "DELETE") | (models.Resource.status != "COMPLETE"),
        )
        .order_by(models.Resource.id)
        .all()
    )
    return [NamesakeRow(row_id=row[0], template_id=row[1]) for row in found]


@reads
def replaces(context: Any, row_id: int) -> int | None:
    """Return the row that ``row_id`` replaces: Heat's graph knows a replacement under that one's id."""
    row = context.session.query(models.Resource.replaces).filter_by(id=row_id).first()
    return row[0] if row else None


@reads
def template_of(context: Any, row_id: int) -> int | None:
    """Return the template that a row was created or updated by last, or None where the row is gone."""
    row = context.session.query(models.Resource.current_template_id).filter_by(id=row_id).first()
    return row[0] if row else None


@reads
def action_of(context: Any, row_id: int) -> str | None:
    """Return a row's action, or None where the row is gone."""
    row = context.session.query(models.Resource.action).filter_by(id=row_id).first()
    return row[0] if row else None


@reads
def standing_of(context: Any, row_id: int) -> tuple[str, str, str | None, int | None] | None:
    """Return a row's action, status, physical id and stored properties, of which an event tells; None if it is gone."""
    found = models.Resource
    row = (
        context.session.query(found.action, found.status, found.physical_resource_id, found.rsrc_prop_data_id)
        .filter_by(id=row_id)
        .first()
    )
    return (row[0], row[1], row[2], row[3]) if row else None


@reads
def is_replaced(context: Any, row_id: int) -> bool:
    """Return whether another row was made to take this one's place."""
    row = context.session.query(models.Resource.replaced_by).filter_by(id=row_id).first()
    return row is not None and row[0] is not None


@reads
def name_of(context: Any, row_id: int) -> tuple[str, str] | None:
    """Return the stack and the name of a row's resource, or None where the row is gone."""
    row = context.session.query(models.Resource.stack_id, models.Resource.name).filter_by(id=row_id).first()
    return (row[0], row[1]) if row else None


@reads
def settled(context: Any, stack_id: str, template_id: int) -> set[str]:
    """Return the names of a stack's resources that are there, COMPLETE by a template."""
    found = (
        context.session.query(models.Resource.name)
        .filter_by(stack_id=stack_id, current_template_id=template_id, status="COMPLETE")
        .filter(models.Resource.action.notin_(("INIT", "ROLLBACK")))  # Heat's word for what is yet to be created
    )
    return {row[0] for row in found}


@reads
def standing(context: Any, stack_id: str) -> tuple[str, str] | None:
    """Return a stack's current traversal and its status, or None where it is gone."""
    row = context.session.query(models.Stack.current_traversal, models.Stack.status).filter_by(id=stack_id).first()
    return (row[0], row[1]) if row else None


@reads
def place_of(context: Any, row_id: int) -> tuple[str, str, str] | None:
    """Return a row's action, and its stack's current traversal and status; None where either is gone."""
    row = (
        context.session.query(models.Resource.action, models.Stack.current_traversal, models.Stack.status)
        .join(models.Stack, models.Stack.id == models.Resource.stack_id)
        .filter(models.Resource.id == row_id)
        .first()
    )
    return (row[0], row[1], row[2]) if row else None


@reads
def lock_of(context: Any, row_id: int) -> tuple[str, str | None, int | None] | None:
    """Return a row's status, the engine that holds it, and its atomic key; None where the row is gone."""
    row = (
        context.session.query(models.Resource.status, models.Resource.engine_id, models.Resource.atomic_key)
        .filter_by(id=row_id)
        .first()
    )
    return (row[0], row[1], row[2]) if row else None


@reads
def waiting(context: Any) -> Iterable[Waiting]:
    """Return the resources of all stacks that are IN_PROGRESS and asked a handler.

    No index of Heat's helps: one of the tables is read as a whole. Left alone, MariaDB reads the largest of them, with
    all that resources remember; so the table of resources is to be read first.
    """
    rows = (
        context.session.query(
            models.Resource.id, models.Resource.stack_id, models.Resource.engine_id, models.ResourceData.value
        )
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .join(models.ResourceData, models.Resource.id == models.ResourceData.resource_id)
        .filter(
            models.ResourceData.key == REQUEST_KEY,
            models.Resource.status == "IN_PROGRESS",
            models.Resource.action.notin_(UNANSWERED),
        )
        .all()
    )
    return [found for row in rows if (found := _waiting(*row)) is not None]


def _waiting(row_id: int, stack_id: str, engine_id: str | None, text: str) -> Waiting | None:
    with suppress(ValueError):
        return Waiting(row_id=row_id, stack_id=stack_id, engine_id=engine_id, lease=Lease.parse(text))
    # One row that another release wrote must not keep the monitor from all others.
    LOG.warning("What resource %s waits for cannot be read", row_id)
    return None
