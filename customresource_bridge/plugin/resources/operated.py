"""A resource that remembers, asks its handler and waits: what every part of our resource class stands on.

One :class:`~..operation.Operation` does the asking; here it is started, watched, and let go to wait without a thread.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from heat.common import exception
from heat.engine import resource
from oslo_db import exception as db_exception
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.heat.queries import HEAT_S_OWN
from customresource_bridge.plugin.heat.resource_ref import ResourceRef, ref_of
from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.lifecycle.plan import Goal
from customresource_bridge.plugin.lifecycle.spec import Delivery, Spec
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.operation import Operation, ReplacementNeeded
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.waiting import parking
from customresource_bridge.plugin.waiting.watching import watch_operation
from customresource_bridge.protocol import RequestType
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import each_line, in_clear, one_line, without_text

LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

_HEAT_ID_CHARACTERS = 255
"""What Heat's own column for the physical id holds; the whole id is in the state."""
_BEFORE_TIMEOUT = 1.0
"""Seconds of one watch near the stack's own timeout, which Heat throws into the thread, but only between two calls."""


def waits(action: str, status: str, pending: Pending, *, begins: str) -> bool:
    """Return whether a row waits for an answer, and not for Heat's own action, which is under way or begins again.

    :param action: of the row, as its ``status``.
    :param begins: the action that comes to it.
    """
    if status != resource.Resource.IN_PROGRESS:
        return False
    if pending.request_type is RequestType.CHECK:
        return bool(begins != resource.Resource.CHECK)
    return action not in HEAT_S_OWN


class Operated(resource.Resource):  # type: ignore[misc] # Heat has no types
    """Memory and operations of a resource."""

    action: str
    _operation: Operation | None = None
    _known: State | None = None

    # What the resource types say.

    def spec(self, definition: Any, props: Any) -> Spec:
        """Return what a template says."""
        raise NotImplementedError

    def changed_names(self, changed: set[str], after: Any, before: Any) -> set[str]:
        """Return the names, as the template's author knows them, of what changed."""
        raise NotImplementedError

    def replace_on_change(self, definition: Any, props: Any) -> list[str]:
        """Return the names whose change replaces the resource."""
        raise NotImplementedError

    # Memory.

    @property
    def ref(self) -> ResourceRef:
        """Where this resource's memory and services are."""
        return ref_of(self)

    def state_now(self) -> State:
        """Return what the resource remembers, read once per object."""
        if self._known is None:
            self._known = State() if self.id is None else State.parse(resource_data.read_all(self.context, self.id)[0])
        return self._known

    def _remember(self, state: State) -> None:
        resource_data.write(self.context, self.id, resource_data.STATE_KEY, state.to_json())
        self._moved(state)

    def _moved(self, state: State) -> None:
        self._known = state
        shown = in_clear(state.shown_id)[:_HEAT_ID_CHARACTERS]
        if shown and shown != self.resource_id:
            self.resource_id_set(shown)

    def _refusal(self, pending: Pending, action: str) -> exception.ResourceFailure:
        """Return what an action fails by that comes to a resource which waits for an answer."""
        text = f"{self.name} waits for the answer to its {pending.request_type}"
        return exception.ResourceFailure(story.with_ids(text, pending.request_id), None, action)

    # Operations.

    def _start(self, goal: Goal, *, traversal: str | None = None) -> Operation:
        current = self.stack.current_traversal or ""
        operation = self._carried_out(
            lambda: Operation(
                self.ref,
                goal,
                traversal=current if traversal is None else traversal,
                moved=self._moved,
                warn=self._warn,
            )
        )
        self._advance(operation)
        return operation

    def _advance(self, operation: Operation) -> bool:
        return self._carried_out(operation.advance)

    def _carried_out(self, do: Callable[[], _T]) -> _T:
        """Do a part of an operation; turn its errors into what Heat may log in full and show to the stack's owner."""
        unexpected = ""
        try:
            return do()
        except ReplacementNeeded as needed:
            raise resource.UpdateReplace(self.name) from needed
        except errors.CustomResourceError as failure:
            reason = in_clear(str(failure))
        except (exception.HeatException, exception.UpdateInProgress):
            raise
        except Exception as error:
            # What it says may quote a ResponseURL, or what was to be stored.
            unexpected = each_line(without_text(error))
            reason = f"unexpected error {type(error).__name__} in heat-engine, whose log has its place"
        # Not while an error is handled: Heat logs in full what a failure came from, with a client library's own text.
        if unexpected:
            LOG.error("%s: unexpected error: %s", printable(self.name), unexpected)
        # Heat shows a ResourceFailure made of a plain text, and of no resource, as that text and nothing else.
        raise exception.ResourceFailure(reason, None, self.action)

    def _watch(self, operation: Operation) -> bool:
        """Watch an operation for a few seconds; return whether it is done.

        :raises UpdateInProgress: the resource is to wait without a thread. Heat takes this for another's lock on the
            row: it drops the thread and writes nothing, but for calling ``handle_preempt`` (see ``convergence``).
        :raises ResourceFailure: it cannot: see :meth:`_give_up`.
        """
        parkable = parking.parkable(self)
        pending = operation.pending
        seconds = settings().watch_seconds if parkable else _BEFORE_TIMEOUT
        done = watch_operation(
            lambda: self._advance(operation),
            row_id=self.id,
            direct=pending is not None and pending.spec.delivery is Delivery.DIRECT,
            seconds=seconds,
        )
        if not done and self._calling_engine_id is None:
            self._give_up(operation, seconds)
        if not done and parkable:
            self._operation = operation
            raise exception.UpdateInProgress(resource_name=self.name)
        return done

    def _give_up(self, operation: Operation, seconds: float) -> NoReturn:
        """End an operation on which no check of the graph works, but a thread for the whole stack.

        That thread's resources are looked at one after the other, and nothing keeps another operation off them.

        :raises ResourceFailure: always.
        """
        limit = f"within {seconds:g} seconds (watch_seconds), and before OpenStack 2026.1 Heat waits no longer"
        self._carried_out(lambda: operation.give_up(limit))
        raise exception.ResourceFailure(f"No answer {limit}", None, self.action)

    def _let_go(self, operation: Operation) -> None:
        """Unlock the row, and have this process look after it."""
        parking.park(self, operation)

    def _tell(self, text: str) -> None:
        """Write an event on which nothing else depends."""
        try:
            self._add_event(self.action, self.status, in_clear(text))
        except db_exception.DBError as error:
            wrong = type(error).__name__
        else:
            return
        # Not while the error is handled: oslo.log would add its text, which quotes what was to be stored.
        LOG.warning("%s: an event was not written: %s", printable(self.name), wrong)

    def _warn(self, text: str) -> None:
        LOG.warning("%s: %s", printable(self.name), one_line(text))
        self._tell(text)

    # heat/engine/resource.py: Resource._add_event, by which each change of state, and each warning, is told.
    def _add_event(self, action: str, status: str, reason: str) -> None:
        """Write an event; of a reason that is longer than Heat keeps, the end stays, which names the request."""
        super()._add_event(action, status, story.as_event(str(reason)))
