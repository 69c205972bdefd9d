"""The end of a row: an answer that came after the last look is heard too, and what stays behind is named in events.

Between the last look of a Delete and DELETE_COMPLETE an answer may come that names what the row has made. Once the row
is DELETE_COMPLETE it takes no answer: so a look at that moment sees all.
"""

from collections.abc import Callable, Collection
from functools import reduce
from typing import Any

from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.lifecycle import story, transitions
from customresource_bridge.plugin.lifecycle.plan import Absent, Settle, left_behind, next_step


def finds_more(resource: Any, held: Callable[[], Collection[str]]) -> bool:
    """Return whether a row that is DELETE_COMPLETE has yet to delete something; it can then be deleted once more.

    :param held: returns the ids that another row of the stack goes on using.
    """
    if not _is_gone(resource) or resource.t.deletion_policy() == resource.t.RETAIN:
        return False
    answers = queue.answers(resource.ref)
    state = reduce(transitions.learn, answers.values(), resource.state_now())
    traversal = resource.stack.current_traversal or ""
    if not answers or isinstance(next_step(state, Absent(held=held()), traversal=traversal), Settle):
        return False
    resource.status = resource.FAILED  # Heat deletes nothing that it takes for deleted
    return True


def tell_what_is_left(resource: Any, held: Callable[[], Collection[str]], warn: Callable[[str], None]) -> None:
    """Name what a row that is gone leaves behind; with an abandoned stack the account itself is handed over.

    :param warn: makes an event.
    """
    if not _is_gone(resource):
        return
    learnt = reduce(transitions.learn, queue.answers(resource.ref).values(), resource.state_now())
    state = transitions.accounted(learnt, resource.ref.identity(""))
    for physical_resource_id in left_behind(state, held()) if state.account else []:
        for text in story.left_behind(physical_resource_id):
            warn(text)


def _is_gone(resource: Any) -> bool:
    return bool(resource.state == (resource.DELETE, resource.COMPLETE) and not resource.abandon_in_progress)
