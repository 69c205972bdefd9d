"""One operation's conversation with a handler: loads what the resource remembers, asks, absorbs answers, until done.

What to do next is decided by ``lifecycle``; here it is only carried out, and written down before it is.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce

from customresource_bridge import errors
from customresource_bridge.clients.http import never_left
from customresource_bridge.plugin import clock
from customresource_bridge.plugin.clock import Clock
from customresource_bridge.plugin.delivery import queue
from customresource_bridge.plugin.delivery.way import WAYS, Way, Ways
from customresource_bridge.plugin.delivery.workflow import PredecessorActs
from customresource_bridge.plugin.heat import leases, resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle import story, transitions
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState
from customresource_bridge.plugin.lifecycle.plan import (
    Absent,
    Ask,
    Checked,
    Goal,
    Present,
    Refuse,
    Replace,
    Settle,
    next_step,
    serves,
)
from customresource_bridge.plugin.lifecycle.schedule import is_first_post, next_look, next_post
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.lifecycle.wait_decision import Repost, Seen, Surroundings, next_wait_step
from customresource_bridge.plugin.metrics.figures import Step, ended, posted
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.request_log import log_step
from customresource_bridge.protocol import RequestType, Response, Status


class HandlerFailed(errors.CustomResourceError):
    """The operation failed; the text is what the stack's owner is to read."""


class ReplacementNeeded(errors.CustomResourceError):
    """What is there cannot be updated: another one has to be created in its place."""


class Operation:
    """One operation on one resource.

    :param traversal: Heat's; empty where the stack's operation has ended already.
    :param moved: called with the new state whenever it changes.
    :param warn: called with a text for the stack's owner that fails nothing.
    """

    def __init__(  # noqa: PLR0913 - what it works on and with, by name
        self,
        ref: ResourceRef,
        goal: Goal,
        *,
        traversal: str,
        moved: Callable[[State], None],
        warn: Callable[[str], None],
        ways: Ways = WAYS,
        now: Clock = clock.now,
    ) -> None:
        self._ref = ref
        self._goal = goal
        self._traversal = traversal
        self._moved = moved
        self._warn = warn
        self._ways = ways
        self._now = now
        self._asked = ""
        self._is_done = False
        self._hear_at = now()
        text, self._lease = resource_data.read_all(ref.context, ref.row_id)
        self.state = State.parse(text)
        if self._lease is not None and self._lease.state is not LeaseState.THREAD:
            self._change_lease(Lease.held_by_thread)

    @property
    def pending(self) -> Pending | None:
        """The request that is out."""
        return self.state.pending

    def news(self) -> str | None:
        """Return what the stack's owner is to read of a request that this operation sent, when it is waited for."""
        pending = self.state.pending
        if pending is None or pending.request_id != self._asked:
            return None
        direct = pending.spec.delivery is Delivery.DIRECT
        execution = self._way(pending).execution(self._ref, pending) if direct else None
        return story.asked(pending, execution=execution)

    def advance(self) -> bool:
        """Take every step that can be taken now; return whether the operation is done, and then stays so.

        :raises HandlerFailed: it failed.
        :raises ReplacementNeeded: Heat must replace the resource.
        """
        self._is_done = self._is_done or self._go_on()
        return self._is_done

    def _go_on(self) -> bool:
        while True:
            seen = self._absorb()
            if seen is None:
                return True
            if seen is not Seen.MISSING and self._is_to_be_stopped():
                return False  # a Delete that is sent now may be overtaken by what still creates
            step = next_step(self.state, self._goal, traversal=self._traversal)
            match step:
                case Ask():
                    self._ask(step)
                case Settle():
                    self._settle()
                    return True
                case Replace():
                    raise ReplacementNeeded
                case Refuse(reason):
                    self._store(transitions.fail_check(self.state))
                    raise HandlerFailed(reason)
                case _:
                    self._wait(seen)
                    return False

    def _absorb(self) -> Seen | None:
        """Take over an answer or a passed deadline.

        :returns: None where that ends the operation; else what was seen of the request that is still out.
        """
        answers = queue.answers(self._ref)
        pending = self.state.pending
        before, after = _around(answers, pending)
        self._learn(before)
        if pending is None:
            self._hear_what_ended()
            return Seen.MISSING
        if self._never_sent(pending) and not self._is_own(pending) and not pending.superseded:
            # Another operation's, that no handler has seen: nothing is there to wait for, or to delete.
            self._store(transitions.withdraw(self.state))
            return Seen.MISSING
        seen, response = self._look(pending, answers)
        self._hear_what_ended(now=response is not None)
        if response is not None:
            is_over = self._accept(pending, response)
            self._learn(after)
            return None if is_over else Seen.MISSING
        if self._now() >= pending.deadline:
            self._give_up(pending)
            return Seen.MISSING
        return seen

    def _learn(self, answers: Mapping[str, Response]) -> None:
        """Enter what late answers name into the account, whatever the operation is about."""
        if answers:
            self._store(reduce(transitions.learn, answers.values(), self.state))
            resource_data.forget_answers(self._ref.context, self._ref.row_id, answers)

    def _hear_what_ended(self, *, now: bool = True) -> None:
        """Learn what workflows came to that the plugin started, and that were given up; stop those that still run.

        :param now: whether they are to be looked at in any case; else ever more rarely, as all that waits is.
        """
        pending = self.state.pending
        deletes = pending is None or pending.request_type is RequestType.DELETE
        if not deletes or not isinstance(self._goal, Absent) or not (now or self._hear_at <= self._now()):
            return
        unheard = [entry.unheard for entry in self.state.account if entry.unheard is not None]
        direct = [request for request in unheard if request.spec.delivery is Delivery.DIRECT]
        self._hear_at = min((next_look(request, now=self._now()) for request in direct), default=self._hear_at)
        seen = [self._way(request).look(self._ref, request, interrupt=True)[1] for request in direct]
        self._store(reduce(transitions.learn, [answer for answer in seen if answer is not None], self.state))

    def _look(self, pending: Pending, answers: Mapping[str, Response]) -> tuple[Seen, Response | None]:
        if pending.spec.delivery is Delivery.DIRECT:
            return self._way(pending).look(self._ref, pending, interrupt=self._is_to_be_stopped())
        response = answers.get(pending.request_id)
        return (Seen.MISSING, None) if response is None else (Seen.ENDED, response)

    def _way(self, pending: Pending) -> Way:
        return self._ways[pending.spec.delivery]

    def _is_to_be_stopped(self) -> bool:
        """Return whether a workflow is out that this operation, a delete, puts an end to."""
        pending = self.state.pending
        if pending is None or pending.spec.delivery is not Delivery.DIRECT:
            return False
        return isinstance(self._goal, Absent) and pending.request_type is not RequestType.DELETE

    def _accept(self, pending: Pending, response: Response) -> bool:
        log_step(self._ref, pending, f"over, {response.status}", step=ended(response.status))
        self._store(transitions.accept(self.state, response, now=self._now()))
        resource_data.forget_answers(self._ref.context, self._ref.row_id, [pending.request_id])
        failed = response.status is Status.FAILED
        if failed:
            self._fail(pending, response.reason, sent=True)
        decides = self._is_own(pending) and not pending.superseded and not failed
        return decides and isinstance(self._goal, Present | Checked)

    def give_up(self, limit: str) -> None:
        """Wait no longer for the request that is out, as if its deadline had passed; not where another took its place.

        :param limit: how long it had.
        :raises HandlerFailed: it was this operation's.
        """
        pending, lease = self.state.pending, leases.read(self._ref.context, self._ref.row_id)
        if pending is not None and lease is not None and lease.request_id == pending.request_id:
            self._give_up(pending, limit)

    def _give_up(self, pending: Pending, limit: str = "") -> None:
        log_step(self._ref, pending, "over, its deadline passed without an answer", step=Step.TIMED_OUT)
        sent = not self._never_sent(pending)
        self._store(transitions.give_up(self.state) if sent else transitions.withdraw(self.state))
        if sent:
            self._way(pending).cancel(self._ref, pending)
        self._fail(pending, transitions.timeout_reason(pending, sent=sent, limit=limit), sent=sent)

    def _never_sent(self, pending: Pending) -> bool:
        lease = self._lease
        return lease is not None and lease.request_id == pending.request_id and lease.posts == 0

    def _is_own(self, pending: Pending) -> bool:
        # An operation that found another's request waits for it, but is not decided by it.
        same = pending.traversal == self._traversal or not self._traversal
        return same and serves(pending.request_type, self._goal)

    def _settle(self) -> None:
        goal, state = self._goal, self.state.interrupted()  # only a Check may be out still
        if isinstance(goal, Present):
            state = transitions.settle(state, goal.spec, unasked_id=f"{self._ref.name}-{self._ref.row_id}")
        self._store(state)

    def _ask(self, step: Ask) -> None:
        state = transitions.ask(
            self.state,
            step,
            identity=self._ref.identity(str(uuid.uuid4())),
            traversal=self._traversal,
            now=self._now(),
            rollback=self._ref.stack.action == self._ref.stack.ROLLBACK,
        )
        pending = state.pending
        assert pending is not None  # noqa: S101 - what ask() is for
        problem = self._obstacle(pending)
        if problem:
            self._drop(state, pending, problem)
            return
        # Counted as posted before it is: what finds it after this process died must take it for posted.
        if self._store_request(state, self._lease_of(pending, posts=1)):
            self._send(pending, lambda: self._way(pending).send(self._ref, pending, state), before=0, first=True)

    def _obstacle(self, pending: Pending) -> str | None:
        """Return why a request cannot be sent at all, or None."""
        try:
            self._ref.verify_authority()
            return self._way(pending).check(self._ref, pending)
        except errors.ServiceUnavailable:
            return None  # sending it will find so too, and is tried again
        except errors.CustomResourceError as error:
            return str(error)

    def _wait(self, seen: Seen) -> None:
        """Post the pending request again if it is time."""
        pending, lease = self.state.pending, self._lease
        if pending is None or lease is None:
            return
        now = self._now()
        step = next_wait_step(
            pending,
            lease,
            seen,
            now=now,
            repost_after=settings().repost_after,
            around=Surroundings(thread_from=pending.deadline),
            held=True,
        )
        if isinstance(step, Repost):
            self._change_lease(lambda lease: replace(step.lease, posts=lease.posts + 1))
            first = is_first_post(pending, lease, settings().repost_after)
            again = self._way(pending).send_again
            self._send(pending, lambda: again(self._ref, pending), before=lease.posts, first=first)

    def _send(self, pending: Pending, send: Callable[[], None], *, before: int, first: bool) -> None:
        """Send a request whose lease counts that already.

        :param before: how often it was sent before.
        :param first: whether none of those times is known to have succeeded.
        """
        try:
            send()
        except PredecessorActs as error:
            self._hindered(pending, error, before=before)
            self._correct_lease(pending, posts=before, before=0)
        except errors.ServiceUnavailable as error:
            self._hindered(pending, error, before=before)
            self._correct_lease(pending, posts=before + (not never_left(error)), before=before)
        except errors.CustomResourceError as error:
            if before == 0:
                log_step(self._ref, pending, f"could not be sent: {error}", step=Step.NOT_POSTED)
                self._drop(self.state, pending, str(error))
                return
            log_step(self._ref, pending, f"could not be sent again: {error}", step=Step.NOT_POSTED)
            self._correct_lease(pending, posts=before, before=before)
        else:
            log_step(self._ref, pending, _sent(pending, before + 1), step=posted(before + 1))
            if first and pending.hindrance:
                self._warn(story.sent_after_all(pending))
            elif first:
                self._asked = pending.request_id
            if pending.spec.delivery is Delivery.QUEUE and self._ref.answered_by is None:
                self._take_as_done(pending)

    def _hindered(self, pending: Pending, error: errors.ServiceError, *, before: int) -> None:
        log_step(self._ref, pending, f"not sent, to be sent again: {error}", step=Step.NOT_POSTED)
        if before == 0 and not pending.hindrance:
            problem = f"The {pending.request_type} request was not sent, and will be tried again: {error}"
            self._warn(story.with_ids(problem, pending.request_id))
            self._store(transitions.hinder(self.state, str(error)))

    def _drop(self, state: State, pending: Pending, problem: str) -> None:
        """Take back a request that cannot be sent.

        No handler has seen it: it never was, and a Delete need not follow. Its operation fails, but not by a clean-up.
        """
        self._store(transitions.withdraw(state))
        self._fail(pending, problem, sent=False)

    def _fail(self, pending: Pending, reason: str, *, sent: bool) -> None:
        """Fail the operation, if the request was its own; of a clean-up that failed, warn.

        :param sent: whether a handler may have had the request.
        """
        if not pending.superseded and not self._is_own(pending):
            return
        execution = self._way(pending).execution(self._ref, pending) if sent else None
        told = story.with_ids(reason, pending.request_id, execution=execution)
        if not pending.superseded:
            raise HandlerFailed(told)
        self._warn(f"Clean-up of {pending.physical_resource_id} failed: {told}")

    def _take_as_done(self, pending: Pending) -> None:
        # A Delete for a name that the template gave to another type: Heat would refuse its answer.
        self._warn(f"{pending.request_type} {pending.physical_resource_id} was sent; its outcome cannot be received")
        done = Response(status=Status.SUCCESS, identity=self._ref.identity(pending.request_id))
        self._store(transitions.accept(self.state, done, now=self._now()))

    def _lease_of(self, pending: Pending, *, posts: int) -> Lease:
        at = next_post(pending, posts=posts, now=self._now(), repost_after=settings().repost_after)
        previous = " ".join(request_id for request_id in self.state.asked if request_id != pending.request_id)
        return Lease(request_id=pending.request_id, posts=posts, next_post_at=at, expires_at=at, previous=previous)

    def _correct_lease(self, pending: Pending, *, posts: int, before: int) -> None:
        soon = self._lease_of(pending, posts=before)
        self._change_lease(lambda _lease: replace(soon, posts=posts))

    def _change_lease(self, change: Callable[[Lease], Lease]) -> None:
        """Change the row's lease; what the monitor wrote, as it lost the row to this thread, is not forgotten."""
        ref = self._ref
        while self._lease is not None:
            changed = change(self._lease)
            if leases.swap(ref.context, ref.row_id, self._lease, changed):
                self._lease = changed
                return
            self._lease = leases.read(ref.context, ref.row_id)

    def _store(self, state: State) -> None:
        if state != self.state:
            resource_data.write(self._ref.context, self._ref.row_id, resource_data.STATE_KEY, state.to_json())
            self.state = state
            self._moved(state)

    def _store_request(self, state: State, lease: Lease) -> bool:
        """Store a new request; return False where the lease of the one before changed, by which it was decided on."""
        ref = self._ref
        if not resource_data.write_request(ref.context, ref.row_id, state.to_json(), self._lease, lease):
            self._lease = leases.read(ref.context, ref.row_id)
            return False
        self.state, self._lease = state, lease
        self._moved(state)
        return True


def _around(
    answers: Mapping[str, Response], pending: Pending | None
) -> tuple[dict[str, Response], dict[str, Response]]:
    """Return the answers to other requests that came before the pending one's, and those that came after it."""
    keys = list(answers)
    place = keys.index(pending.request_id) if pending is not None and pending.request_id in answers else len(keys)
    return {key: answers[key] for key in keys[:place]}, {key: answers[key] for key in keys[place + 1 :]}


def _sent(pending: Pending, posts: int) -> str:
    how = "workflow started" if pending.spec.delivery is Delivery.DIRECT else "posted"
    return how if posts == 1 else f"{how} again, copy {posts}"
