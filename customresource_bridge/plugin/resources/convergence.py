"""Our answers to Heat's convergence: each method takes the place of Heat's own, or is asked by it, and says by which.

Heat's convergence works on one node of a stack's graph at a time, and knows a resource by its row alone. A resource of
ours may wait for hours without a thread, and what it made is remembered beside the row: some checks are met otherwise.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from heat.common import exception
from heat.engine import environment, resource, scheduler

from customresource_bridge.plugin import clean_up_order, last_look, stack_cleanup
from customresource_bridge.plugin.heat import checks, namesakes
from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import Absent, CleanUp, Present
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.plugin.resources.operated import Operated, waits
from customresource_bridge.protocol import RequestType

_LEAST_TIME = 1.0
"""Seconds that a resource gets that was woken after its stack's time was over. With less, Heat's TaskRunner throws the
timeout before the task has begun, nothing records it, and the resource stays IN_PROGRESS."""


class Convergence(Operated):
    """What differs from Heat's own resources in how a stack's graph is worked through."""

    _after: Any = None
    _brought_back_by: int | None = None
    _overwritten: Spec | None = None

    # heat/engine/resource.py: Resource.update_convergence, called by check_resource.py: check_resource_update.
    def update_convergence(  # noqa: PLR0913, PLR0917 - Heat's signature
        self,
        template_id: int,
        new_requires: Any,
        engine_id: str,
        timeout: float,
        new_stack: Any,
        progress_callback: Any = None,
    ) -> None:
        """Update; but a Create that was parked, or whose engine died, goes on as the Create it is."""
        timeout = max(timeout, _LEAST_TIME)
        if self._is_checked_late(template_id):
            raise checks.DropCheck
        if self._is_waiting_create() and template_id == self.current_template_id:
            self._calling_engine_id = engine_id
            scheduler.TaskRunner(self._go_on_creating)(timeout=timeout, progress_callback=progress_callback)
        else:
            self._note_overwritten()
            super().update_convergence(template_id, new_requires, engine_id, timeout, new_stack, progress_callback)
        self._finish_check()

    def _is_checked_late(self, template_id: int) -> bool:
        """Return whether another check of the row came before, and succeeded, or failed and its stack's operation too.

        Worked on again, what failed would be asked for, or replaced, after the stack's operation has ended.
        """
        if self.status == self.COMPLETE:
            return template_id == self.current_template_id and self.is_checked()
        return bool(self.status == self.FAILED and self.stack.status != self.stack.IN_PROGRESS)

    def is_checked(self) -> bool:
        """Return whether another check of the row has done what this one is about."""
        return bool(checks.is_done(self.context, self.id, self.stack.current_traversal))

    def _finish_check(self) -> None:
        """Let Heat go on to what depends on the row, unless it did so from another check already."""
        if not checks.finish(self.context, self.id, self.stack.current_traversal):
            raise checks.DropCheck

    def _note_overwritten(self) -> None:
        """Find out whether a replacement that did not last has left its content in what this row has made."""
        if self.replaced_by is not None:
            self._overwritten = namesakes.asked_since(self.id, self.state_now(), namesakes.of(self))

    def _go_on_creating(self) -> Any:
        yield from self._do_action(self.CREATE)
        if self.stack.action == self.stack.CREATE:
            yield from self._break_if_required(self.CREATE, environment.HOOK_POST_CREATE)

    # heat/engine/resource.py: Resource._break_if_required, which its create, update and delete go through.
    def _break_if_required(self, action: str, hook: str) -> Any:
        """Stop at a hook; but not at one before an action that goes on after it waited without a thread."""
        pending = self.state_now().pending
        goes_on = pending is not None and pending.traversal == self.stack.current_traversal
        if not (goes_on and hook.startswith("pre-")):
            yield from super()._break_if_required(action, hook)

    # heat/engine/resource.py: Resource._load_data; what it reads was stored by Resource.__init__ in a rollback.
    def _load_data(self, row: Any) -> None:
        super()._load_data(row)
        if self.action == self.ROLLBACK:
            # Heat stores so the row of a resource that a rollback brings back, and then takes it for there already.
            self.action = self.INIT
            self._brought_back_by = self.current_template_id

    # heat/engine/resource.py: Resource.create_convergence, called by check_resource.py: check_resource_update.
    def create_convergence(self, template_id: int, *args: Any, **kwargs: Any) -> None:
        """Create; but what a rollback was to bring back and did not, Heat has loaded by the rollback's template."""
        if self._brought_back_by not in {None, template_id}:
            raise resource.UpdateReplace(self.name)
        super().create_convergence(template_id, *args, **kwargs)
        self._finish_check()

    # heat/engine/resource.py: Resource.make_replacement, called by check_resource.py: _handle_resource_replacement.
    def make_replacement(self, new_tmpl_id: int, requires: Any) -> Any:
        """Make a replacement; but one only, whatever many checks of the row find that it wants one.

        :raises UpdateInProgress: another check made it. Heat drops this one.
        """
        traversal = self.stack.current_traversal
        if not checks.finish(self.context, self.id, traversal):
            raise exception.UpdateInProgress(resource_name=self.name)
        try:
            return super().make_replacement(new_tmpl_id, requires)
        except BaseException:
            checks.reopen(self.context, self.id, traversal)
            raise

    # heat/engine/resource.py: Resource.check_convergence, called by check_resource.py: check_resource_update.
    def check_convergence(self, engine_id: str, timeout: float, progress_callback: Any = None) -> None:
        """Check the resource once, unless it waits for the answer to another request than a Check."""
        self._mind_what_waits(self.CHECK, engine_id, timeout, progress_callback)
        if self.is_checked():
            raise checks.DropCheck
        try:
            super().check_convergence(engine_id, timeout, progress_callback)
        except exception.ResourceFailure:
            self._finish_check()
            raise
        self._finish_check()

    # heat/engine/resource.py: Resource.snapshot_convergence, called by check_resource.py: check_resource_update.
    def snapshot_convergence(self, engine_id: str, timeout: float, progress_callback: Any = None) -> None:
        """Take a snapshot, unless the resource waits for an answer."""
        self._mind_what_waits(self.SNAPSHOT, engine_id, timeout, progress_callback)
        super().snapshot_convergence(engine_id, timeout, progress_callback)

    # heat/engine/resource.py: Resource.suspend_convergence, called by check_resource.py: check_resource_cleanup.
    def suspend_convergence(self, engine_id: str, timeout: float, progress_callback: Any = None) -> None:
        """Suspend the resource, unless it waits for an answer."""
        self._mind_what_waits(self.SUSPEND, engine_id, timeout, progress_callback)
        super().suspend_convergence(engine_id, timeout, progress_callback)

    # heat/engine/resource.py: Resource.resume_convergence, called by check_resource.py: check_resource_update.
    def resume_convergence(self, engine_id: str, timeout: float, progress_callback: Any = None) -> None:
        """Resume the resource, unless it waits for an answer."""
        self._mind_what_waits(self.RESUME, engine_id, timeout, progress_callback)
        super().resume_convergence(engine_id, timeout, progress_callback)

    def _mind_what_waits(self, action: str, engine_id: str, timeout: float, progress_callback: Any) -> None:
        """Let nothing be done to a resource that waits; once that operation of its stack is over, go on where it waits.

        Heat's own waiting resources hold the row's lock meanwhile, and a thread, which ends by itself.

        :raises ResourceFailure: it waits, and the operation wants to do something to it.
        :raises DropCheck: it has gone on, and that is no part of the operation; or it waits for a Check.
        """
        pending = self.state_now().pending
        if pending is None or not waits(self.action, self.status, pending, begins=action):
            return
        if self.stack.status == self.stack.IN_PROGRESS:
            raise self._refusal(pending, action)
        if pending.request_type is RequestType.CHECK:
            raise checks.DropCheck  # it ends with its stack's operation, which the monitor sees to
        self._calling_engine_id = engine_id
        timeout = max(timeout, _LEAST_TIME)
        scheduler.TaskRunner(self._go_on, pending)(timeout=timeout, progress_callback=progress_callback)
        raise checks.DropCheck

    def _go_on(self, pending: Pending) -> Any:
        deletes = pending.request_type is RequestType.DELETE
        goal = Absent(held=self._held()) if deletes else Present(spec=pending.spec)
        with self._action_recorder(self.action):
            operation = self._start(goal, traversal=pending.traversal)
            yield
            while not self._watch(operation):
                yield

    def _held(self) -> Sequence[str]:
        """Return the ids that must not be deleted with this row, whatever it has yet to learn of what it made."""
        return namesakes.held(self.id, self.state_now(), namesakes.of(self))

    # heat/engine/resource.py: Resource.lock, which service.py: EngineService.resource_mark_unhealthy takes.
    @contextmanager
    def lock(self, engine_id: str) -> Iterator[None]:
        """Lock the row; but not for Heat's API, to mark it unhealthy, while it waits without a lock.

        :raises UpdateInProgress: as if an engine held it.
        """
        by_api = self._calling_engine_id is None
        if by_api and self.status == self.IN_PROGRESS:
            raise exception.UpdateInProgress(resource_name=self.name)
        with super().lock(engine_id):
            if by_api:
                self._forget_check()
            yield

    def _forget_check(self) -> None:
        state = self.state_now()
        forgotten = transitions.forget_check(state)
        if forgotten != state:
            self._remember(forgotten)

    # heat/engine/resource.py: Resource.always_replace_on_check_failed, which its _needs_update asks.
    @property
    def always_replace_on_check_failed(self) -> bool:
        """Whether CHECK_FAILED wants another one in its place: where an operator said so, and no Check did."""
        state = self.state_now()
        checking = state.pending is not None and state.pending.request_type is RequestType.CHECK
        return not (checking or state.check_failed)

    def _is_waiting_create(self) -> bool:
        if self.state != (self.CREATE, self.IN_PROGRESS):
            return False
        pending = self.state_now().pending
        return pending is not None and pending.request_type is RequestType.CREATE

    # heat/engine/resource.py: Resource.handle_preempt, called by check_resource.py: _do_check_resource.
    def handle_preempt(self) -> None:
        """Let the row go; Heat calls this on the object that just gave up waiting, and on others, which do nothing."""
        operation, self._operation = self._operation, None
        if operation is None:
            return
        try:
            told = operation.news()
            if told is not None:
                self._tell(told)
        finally:
            self._let_go(operation)

    # heat/engine/resource.py: Resource.delete_convergence, called by check_resource.py: check_resource_cleanup.
    def delete_convergence(
        self, template_id: int, engine_id: str, timeout: float, progress_callback: Any = None
    ) -> None:
        """Delete the row where it belongs to another template; delete what was replaced in it, where it stays."""
        timeout = max(timeout, _LEAST_TIME)
        if self._waits_for_stack(template_id):
            clean_up_order.wait_for_updates(self, timeout, progress_callback)
        goes = self.current_template_id != template_id
        if self.state_now().superseded and (not goes or self._is_retained()):
            self._calling_engine_id = engine_id
            scheduler.TaskRunner(self._tidy)(timeout=timeout, progress_callback=progress_callback)
        deletes = self.state != (self.DELETE, self.COMPLETE)
        super().delete_convergence(template_id, engine_id, timeout, progress_callback)
        while last_look.finds_more(self, self._held):
            deletes = True
            super().delete_convergence(template_id, engine_id, timeout, progress_callback)
        if deletes:
            last_look.tell_what_is_left(self, self._held, self._warn)
        stack_cleanup.after(self)

    def _is_retained(self) -> bool:
        """Return whether Heat deletes the row and asks no handler: by the author's DeletionPolicy."""
        return bool(self.t.deletion_policy() == self.t.RETAIN and not self.abandon_in_progress)

    def _waits_for_stack(self, template_id: int) -> bool:
        state = self.state_now()
        if self.stack.action == self.stack.DELETE or state.current is None:
            return False
        # One whose Delete is out has waited already, and would now wait for itself.
        begun = state.pending is not None and state.pending.request_type is RequestType.DELETE
        goes = not begun and (self.current_template_id != template_id or bool(state.superseded))
        return goes and state.current.spec.clean_up_order is CleanUpOrder.STACK

    def _tidy(self) -> Any:
        with self._action_recorder(self.UPDATE):
            operation = self._start(CleanUp())
            yield
            while not self._watch(operation):
                yield

    # heat/engine/resource.py: Resource._needs_update, which its update and preview_update ask.
    def _needs_update(  # noqa: PLR0913, PLR0917 - Heat's signature
        self,
        after: Any,
        before: Any,
        after_props: Any,
        before_props: Any,
        prev_resource: Any,
        check_init_complete: bool = True,
    ) -> bool:
        state = self.state_now()
        nothing_there = state.current is None and state.pending is None
        if nothing_there or after.resource_type != before.resource_type:
            # Heat takes a row for COMPLETE that it wanted to update, and for which it made a replacement that failed.
            raise resource.UpdateReplace(self)
        differs = super()._needs_update(after, before, after_props, before_props, prev_resource, check_init_complete)
        unsettled = self._is_unsettled() or self._overwritten is not None
        return bool(differs or unsettled or self.spec(after, after_props).always_update)

    def _is_unsettled(self) -> bool:
        state = self.state_now()
        attempted = state.current is not None and state.current.attempted is not None
        # A snapshot or a resume makes the row COMPLETE, and mends nothing of what a Check found.
        return self.status != self.COMPLETE or state.pending is not None or attempted or state.check_failed

    # heat/engine/resource.py: Resource.preview_update, called by update.py: StackUpdate.preview.
    def preview_update(self, after: Any, before: Any, *args: Any, **kwargs: Any) -> bool:
        """Tell what an update would do."""
        self._after = after
        return bool(super().preview_update(after, before, *args, **kwargs))

    # heat/engine/resource.py: Resource.needs_replace_failed, which its _needs_update asks.
    def needs_replace_failed(self) -> bool:
        """Return whether a failed resource must be replaced: only where nothing was ever made."""
        state = self.state_now()
        return state.pending is None and state.current is None

    # heat/engine/resource.py: Resource.needs_replace_with_prop_diff, asked by update_template_diff_properties.
    def needs_replace_with_prop_diff(
        self, changed_properties_set: set[str], after_props: Any, before_props: Any
    ) -> bool:
        """Return whether the author wants a replacement for what changed."""
        wanted = self.replace_on_change(self._after or self.t, after_props)
        return not self.changed_names(changed_properties_set, after_props, before_props).isdisjoint(wanted)
