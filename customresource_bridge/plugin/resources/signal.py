"""Takes an answer that reached Heat by heat-api-cfn: Heat has loaded the stack for it already."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from customresource_bridge.plugin import clock
from customresource_bridge.plugin.answering import answers
from customresource_bridge.plugin.heat import events
from customresource_bridge.plugin.heat.engines import retrigger
from customresource_bridge.plugin.heat.resource_ref import ResourceRef


def receive(ref: ResourceRef, details: Any) -> None:
    """Take one answer, see :func:`~..answering.answers.take`.

    :param ref: any resource of the stack.
    :raises ResponseError: the body is wrong.
    """
    stack = answers.AnsweredStack(
        context=ref.context,
        stack_id=ref.stack_id,
        stack_uuid=ref.stack_uuid,
        wake=lambda row_id: retrigger.retrigger(ref.context, ref.stack, row_id, now=clock.now()),
        tell=lambda row_id, name, text: note_progress(replace(ref, row_id=row_id, name=name), text),
    )
    answers.take(stack, details)


def note_progress(ref: ResourceRef, text: str, *, tell: Callable[[ResourceRef, str], None] = events.tell) -> None:
    """Have the stack's owner read how far a handler has come.

    :param tell: writes an event.
    """
    tell(ref, text)
