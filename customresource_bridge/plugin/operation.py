"""One operation's conversation with a handler: loads what the resource remembers, asks, absorbs answers, until done.

Made by the resource's ``handle_*``; :meth:`Operation.advance` is called by its ``check_*_complete`` again and again.
What to do next is ``lifecycle``'s decision; here it is only carried out, and written down before it is.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from customresource_bridge import errors
from customresource_bridge.clients.http import never_left
from customresource_bridge.plugin.delivery import queue, workflow
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.plan import Absent, Ask, Goal, Present, Replace, Settle, next_step
from customresource_bridge.plugin.lifecycle.schedule import next_post
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.protocol import RequestType, Response, Status


class HandlerFailed(errors.CustomResourceError):
    """The operation failed; the text is what the stack's owner is to read."""


class ReplacementNeeded(errors.CustomResourceError):
    """What is there cannot be updated: another one has to be created in its place."""


class Operation:
    """One operation on one resource.

    :param operation: Heat's traversal; empty where the stack's operation has ended already.
    :param moved: called with the new state's thing whenever it changes.
    :param warn: called with a text for the stack's owner that fails nothing.
    """

    def __init__(
        self,
        ref: ResourceRef,
        goal: Goal,
        *,
        traversal: str,
        moved: Callable[[State], None],
        warn: Callable[[str], None],
    ) -> None:
        self._ref = ref
        self._goal = goal
        self._traversal = traversal
        self._moved = moved
        self._warn = warn
        self._to_be_stopped = False
        text, self._lease = resource_data.read_all(ref.context, ref.row_id)
        self.state = State.parse(text)
        self._unpark()

    def _unpark(self) -> None:
        """Take the request over: this operation waits for it now, and not whoever parked it."""
        ref = self._ref
        while self._lease is not None and self._lease.parked:
            mine = replace(self._lease, parked=False)
            taken = resource_data.compare_and_swap_lease(ref.context, ref.row_id, self._lease, mine)
            # Else the sweeper has just posted it, and that must not be forgotten.
            self._lease = mine if taken else resource_data.read_lease(ref.context, ref.row_id)

    @property
    def pending(self) -> Pending | None:
        """The request that is out."""
        return self.state.pending

    def advance(self) -> bool:
        """Take every step that can be taken now; return whether the operation is done.

        :raises HandlerFailed: it failed.
        :raises ReplacementNeeded: Heat must replace the resource.
        """
        while True:
            if self._absorb():
                return True
            if self._to_be_stopped:
                return False  # whoever deletes now may be overtaken by what still creates
            step = next_step(self.state, self._goal, traversal=self._traversal)
            match step:
                case Ask():
                    self._ask(step)
                case Settle():
                    self._settle()
                    return True
                case Replace():
                    raise ReplacementNeeded
                case _:
                    self._attend()
                    return False

    def _absorb(self) -> bool:
        """Take over an answer or a passed deadline; return whether that ends the operation."""
        self._to_be_stopped = False
        answers = queue.answers(self._ref)
        self._learn(answers)
        pending = self.state.pending
        if pending is None:
            return False
        if self._never_sent(pending) and not self._is_own(pending) and not pending.superseded:
            # Another operation's, that nobody has seen: nothing is there to wait for, or to delete.
            self._store(transitions.withdraw(self.state))
            return False
        response = self._answer(pending, answers)
        if response is not None:
            return self._accept(pending, response)
        if datetime.now(UTC) >= pending.deadline:
            self._to_be_stopped = False
            self._give_up(pending)
        return False

    def _learn(self, answers: Mapping[str, Response]) -> None:
        """Enter what late answers name into the account, whatever the operation is about."""
        pending = self.state.pending
        late = {key: answer for key, answer in answers.items() if pending is None or key != pending.request_id}
        state = self.state
        for answer in [*late.values(), *self._ended_unheard()]:
            state = transitions.learn(state, answer)
        self._store(state)
        if late:
            resource_data.forget_answers(self._ref.context, self._ref.row_id, late)

    def _ended_unheard(self) -> list[Response]:
        """Return what workflows came to that the plugin started, and that were given up; stop those that still run."""
        if self.state.pending is not None or not isinstance(self._goal, Absent):
            return []
        unheard = [entry.unheard for entry in self.state.account if entry.unheard is not None]
        direct = [request for request in unheard if request.spec.delivery is Delivery.DIRECT]
        seen = [workflow.answer(self._ref, request, interrupt=True) for request in direct]
        return [answer for answer in seen if answer is not None]

    def _answer(self, pending: Pending, answers: Mapping[str, Response]) -> Response | None:
        if pending.spec.delivery is not Delivery.DIRECT:
            return answers.get(pending.request_id)
        interrupt = isinstance(self._goal, Absent) and pending.request_type is not RequestType.DELETE
        response, at_work = workflow.look(self._ref, pending, interrupt=interrupt)
        self._to_be_stopped = interrupt and at_work
        return response

    def _accept(self, pending: Pending, response: Response) -> bool:
        log_step(self._ref, pending, f"over, {response.status}")
        self._store(transitions.accept(self.state, response))
        resource_data.forget_answers(self._ref.context, self._ref.row_id, [pending.request_id])
        failed = response.status is Status.FAILED
        if pending.superseded:
            if failed:
                self._warn(f"Clean-up of {pending.physical_resource_id} failed: {response.reason}")
            return False
        if not self._is_own(pending):
            return False
        if failed:
            raise HandlerFailed(response.reason)
        return isinstance(self._goal, Present)

    def _give_up(self, pending: Pending) -> None:
        log_step(self._ref, pending, "over, its deadline passed without an answer", level=logging.WARNING)
        sent = not self._never_sent(pending)
        self._store(transitions.give_up(self.state) if sent else transitions.withdraw(self.state))
        if sent and pending.spec.delivery is Delivery.DIRECT:
            workflow.cancel(self._ref, pending)
        self._fail(pending, transitions.timeout_reason(pending, sent=sent))

    def _never_sent(self, pending: Pending) -> bool:
        lease = self._lease
        return lease is not None and lease.request_id == pending.request_id and lease.posts == 0

    def _is_own(self, pending: Pending) -> bool:
        # An operation that found another's request waits for it, but is not decided by it.
        same = pending.traversal == self._traversal or not self._traversal
        return same and (pending.request_type is RequestType.DELETE) != isinstance(self._goal, Present)

    def _settle(self) -> None:
        goal = self._goal
        if isinstance(goal, Present):
            unasked = f"{self._ref.name}-{self._ref.row_id}"
            self._store(transitions.settle(self.state, goal.spec, unasked_id=unasked))

    def _ask(self, step: Ask) -> None:
        state = transitions.ask(
            self.state,
            step,
            identity=queue.identity(self._ref, str(uuid.uuid4())),
            traversal=self._traversal,
            now=datetime.now(UTC),
            rollback=self._ref.stack.action == self._ref.stack.ROLLBACK,
        )
        pending = state.pending
        assert pending is not None  # noqa: S101 - what ask() is for
        problem = queue.check(self._ref, pending) if pending.spec.delivery is Delivery.QUEUE else None
        if problem:
            self._drop(state, pending, problem)
            return
        # Counted as posted before it is: whoever finds it after this process died must take it for posted.
        self._store(state, lease=replace(self._next_lease(pending, posts=0), posts=1))
        self._send(pending, lambda: queue.post(self._ref, pending), posts=0)

    def _attend(self) -> None:
        """Post the pending request again if it is due."""
        pending, lease = self.state.pending, self._lease
        if pending is None or lease is None or datetime.now(UTC) < lease.due:
            return
        resource_data.write_lease(self._ref.context, self._ref.row_id, replace(lease, posts=lease.posts + 1))
        self._send(pending, lambda: queue.post_again(self._ref, pending), posts=lease.posts)

    def _send(self, pending: Pending, post: Callable[[], None], *, posts: int) -> None:
        """Send a request; ``posts`` is how often it was before."""
        try:
            if pending.spec.delivery is Delivery.DIRECT:
                workflow.start(self._ref, pending, self.state)
            else:
                post()
        except errors.ServiceUnavailable as error:
            self._hindered(pending, error, posts=posts)
            lease = self._next_lease(pending, posts=posts)
            posts += not never_left(error)
        except errors.CustomResourceError as error:
            if posts == 0:
                log_step(self._ref, pending, f"could not be sent: {error}", level=logging.WARNING)
                self._drop(self.state, pending, str(error))
                return
            log_step(self._ref, pending, f"could not be sent again: {error}", level=logging.WARNING)
            lease = self._next_lease(pending, posts=posts)
        else:
            posts += 1
            log_step(self._ref, pending, _sent(pending, posts))
            if pending.spec.delivery is Delivery.QUEUE and self._ref.answered_by is None:
                self._take_as_done(pending)
            lease = self._next_lease(pending, posts=posts)
        self._lease = replace(lease, posts=posts)
        resource_data.write_lease(self._ref.context, self._ref.row_id, self._lease)

    def _hindered(self, pending: Pending, error: errors.ServiceError, *, posts: int) -> None:
        log_step(self._ref, pending, f"not sent, to be sent again: {error}", level=logging.WARNING)
        if posts == 0 and not pending.hindrance:
            self._warn(f"The {pending.request_type} request was not sent, and will be tried again: {error}")
            self._store(transitions.hinder(self.state, str(error)))

    def _drop(self, state: State, pending: Pending, problem: str) -> None:
        """Take back a request that cannot be sent.

        Nobody has seen it: it never was, and a Delete need not follow. Its operation fails, but not by a clean-up.
        """
        self._store(transitions.withdraw(state))
        self._fail(pending, problem)

    def _fail(self, pending: Pending, reason: str) -> None:
        if pending.superseded:
            self._warn(f"Clean-up of {pending.physical_resource_id} failed: {reason}")
        elif self._is_own(pending):
            raise HandlerFailed(reason)

    def _take_as_done(self, pending: Pending) -> None:
        # A Delete for a name that the template gave to another type: Heat would refuse its answer.
        self._warn(f"{pending.request_type} {pending.physical_resource_id} was sent; its outcome cannot be received")
        done = Response(status=Status.SUCCESS, identity=queue.identity(self._ref, pending.request_id))
        self._store(transitions.accept(self.state, done))

    def _next_lease(self, pending: Pending, *, posts: int) -> Lease:
        due = next_post(pending, posts=posts, now=datetime.now(UTC), repost_after=settings().repost_after)
        previous = [request_id for request_id in self.state.asked if request_id != pending.request_id]
        return Lease(request_id=pending.request_id, due=due, posts=posts, previous=" ".join(previous))

    def _store(self, state: State, *, lease: Lease | None = None) -> None:
        if state == self.state and lease is None:
            return
        resource_data.write(self._ref.context, self._ref.row_id, resource_data.STATE_KEY, state.to_json(), lease=lease)
        self.state = state
        self._lease = lease or self._lease
        self._moved(state)


def _sent(pending: Pending, posts: int) -> str:
    how = "workflow started" if pending.spec.delivery is Delivery.DIRECT else "posted"
    return how if posts == 1 else f"{how} again, copy {posts}"
