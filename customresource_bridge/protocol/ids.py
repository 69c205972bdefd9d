"""Ids that both ends derive alike from what they both know, so that neither has to store or to send them."""

from uuid import UUID, uuid5

NAMESPACE = UUID("7d1c0b7e-5f0e-5a52-9c42-3f6d0c6f5b11")
"""The namespace of every id derived here. It must never change: a new one would start requests a second time."""

QUEUE_PREFIX = "heat-cr-"
BELL_QUEUE = f"{QUEUE_PREFIX}bell"
"""The one well-known queue of a project: each message names a queue that has work."""
DEAD_LETTER_QUEUE = f"{QUEUE_PREFIX}dead-letters"
"""Where a project's messages go that cannot be read."""
BRIDGE_QUEUE = f"{QUEUE_PREFIX}bridges"
"""Where the bridges that have a project's credentials say that they are there."""

_STACK_UUID_LENGTH = 36
_DERIVED = 5
"""The version of a UUID that was derived from a name; Mistral makes random ones."""


def stack_queue(stack_uuid: str) -> str:
    """Return the name of the queue that belongs to a stack."""
    return f"{QUEUE_PREFIX}{stack_uuid}"


def is_stack_queue(name: str) -> bool:
    """Return whether ``name`` is what :func:`stack_queue` makes."""
    if not name.startswith(QUEUE_PREFIX) or len(name) != len(QUEUE_PREFIX) + _STACK_UUID_LENGTH:
        return False
    try:
        return str(UUID(name.removeprefix(QUEUE_PREFIX))) == name.removeprefix(QUEUE_PREFIX)
    except ValueError:
        return False


def execution_id(*, project_id: str, stack_id: str, logical_resource_id: str, request_id: str) -> str:
    """Return the id of the workflow execution for a request.

    Mistral answers a second create with the same id by the existing execution, so however often a request is
    delivered, it runs at most once.
    """
    return str(uuid5(NAMESPACE, "/".join((project_id, stack_id, logical_resource_id, request_id))))


def is_execution_id(text: str) -> bool:
    """Return whether an id may be one that :func:`execution_id` made, and is none that Mistral made by itself."""
    try:
        return UUID(text).version == _DERIVED
    except ValueError:
        return False


def default_physical_resource_id(*, stack_id: str, logical_resource_id: str, request_id: str) -> str:
    """Return the PhysicalResourceId of a thing whose handler gave none.

    :param request_id: that of the Create: the same Create always yields the same id, another Create another.
    """
    digest = uuid5(NAMESPACE, "/".join(("physical", stack_id, logical_resource_id, request_id)))
    return f"{logical_resource_id[:200]}-{digest.hex[:16]}"


NOTHING_MADE = "customresource-bridge:nothing-made"
"""The PhysicalResourceId in the answer to a Create whose handler could not even be started.

The Delete that follows a failed Create brings it back and is then answered without a handler: a stack whose template
names a workflow that does not exist can be deleted all the same.
"""
