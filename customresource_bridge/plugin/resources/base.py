"""The resource class behind all our types: Heat's calls on one side, an exchange with the handler on the other.

What differs between the types, how their template is read, is in ``cfn`` and ``hot``.
"""

from typing import Any

from heat.common import exception
from heat.engine import environment, resource, scheduler
from oslo_log import log as logging

from customresource_bridge import errors
from customresource_bridge.plugin import clean_up_order, stack_cleanup
from customresource_bridge.plugin.delivery.bridge_trust import ensure_for
from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.heat.resource_ref import ResourceRef, ref_of
from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import Absent, CleanUp, Goal, Present
from customresource_bridge.plugin.lifecycle.spec import CleanUpOrder, Delivery, ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.operation import Operation, ReplacementNeeded
from customresource_bridge.plugin.options import settings
from customresource_bridge.plugin.resources import adopt_abandon, schema, signal
from customresource_bridge.plugin.resources.attributes import Attributes
from customresource_bridge.plugin.resources.suspend_resume import SuspendResume
from customresource_bridge.plugin.waiting import answer_poller, parking
from customresource_bridge.plugin.waiting.polling import watch
from customresource_bridge.protocol import RequestType, ResponseError
from customresource_bridge.protocol.printing import in_clear

LOG = logging.getLogger(__name__)

_HEAT_ID_CHARACTERS = 255
"""What Heat's own column for the physical id holds; the whole id is in the state."""
_LEAST_TIME = 1.0
"""Seconds that a resource gets that was woken after its stack's time was over. With less, Heat's TaskRunner throws the
timeout before the task has begun, nothing records it, and the resource stays IN_PROGRESS."""
_DIRECT_INTERVAL = 0.15
"""Seconds between two questions to Mistral, which are dearer than a look into the database."""
_OWN_INTERVAL = 1.0
"""Seconds between two looks of one's own for an answer or a passed deadline; the lookout sees an answer sooner."""


class CustomResource(Attributes, SuspendResume):
    """A resource whose life is somebody else's code."""

    # A stored trust, with which an engine can go on after the user's token has expired.
    requires_deferred_auth = True
    no_signal_actions = ()
    signal_needs_metadata_updates = False
    attributes_schema: dict[str, Any] = {}  # noqa: RUF012 - Heat's own way
    # For the facade check, see ``compat``.
    accepts_any_property = True

    action: str
    _after: Any = None
    _operation: Operation | None = None
    _known: State | None = None
    _brought_back_by: int | None = None

    # What cfn and hot say.

    def spec(self, definition: Any, props: Any) -> Spec:
        """Return what a template says."""
        raise NotImplementedError

    def changed_names(self, changed: set[str], after: Any, before: Any) -> set[str]:
        """Return the names, as the template's author knows them, of what changed."""
        raise NotImplementedError

    def replace_on_change(self, definition: Any, props: Any) -> list[str]:
        """Return the names whose change replaces the resource."""
        raise NotImplementedError

    # Reading.

    @property
    def ref(self) -> ResourceRef:
        """Where this resource's memory and services are."""
        return ref_of(self)

    def state_now(self) -> State:
        """Return what the resource remembers, read once per object."""
        if self._known is None:
            self._known = State() if self.id is None else State.parse(resource_data.read_all(self.context, self.id)[0])
        return self._known

    def property_names(self) -> list[str]:
        """Return the names of all properties in use: old, new and stored."""
        after = getattr(self._after, "_properties", None)
        stored = getattr(self, "_stored_properties_data", None)
        return list(dict.fromkeys(schema.names_in(getattr(self.t, "_properties", None), after, stored)))

    def regenerate_info_schema(self, definition: Any) -> None:
        """Take the new definition's property names in, as Heat asks before an update."""
        self._after = definition

    def data(self) -> dict[str, Any]:
        """Return the resource's data without ours: Heat exports it in clear, in snapshots and abandoned stacks."""
        return {key: value for key, value in super().data().items() if not key.startswith(resource_data.PREFIX)}

    def validate(self) -> None:
        """Check the template, and give an operator's bridge the authority it needs: see ``trusts`` for why here."""
        super().validate()
        ensure_for(self)

    # Create, update, delete.

    def handle_create(self) -> Operation:
        """Ask for the resource, or go on waiting for it."""
        return self._start(Present(spec=self.spec(self.t, self.properties)))

    def check_create_complete(self, operation: Operation) -> bool:
        """Return whether the handler answered."""
        return self._watch(operation)

    def handle_update(self, json_snippet: Any, _tmpl_diff: Any, _prop_diff: Any) -> Operation:
        """Ask for the change, or go on waiting for it."""
        props = json_snippet.properties(self.properties_schema, self.context)
        wish = self.spec(json_snippet, props)
        return self._start(Present(spec=wish, always=wish.always_update))

    def check_update_complete(self, operation: Operation) -> bool:
        """Return whether the handler answered."""
        return self._watch(operation)

    def handle_delete(self) -> Operation | None:
        """Ask for the deletion, or go on waiting for it."""
        if self.id is None:
            return None
        return self._start(Absent(held=self._held()))

    def check_delete_complete(self, operation: Operation | None) -> bool:
        """Return whether the handler answered."""
        return operation is None or self._watch(operation)

    def _start(self, goal: Goal) -> Operation:
        operation = Operation(
            self.ref, goal, traversal=self.stack.current_traversal or "", moved=self._moved, warn=self._warn
        )
        self._advance(operation)
        return operation

    def _advance(self, operation: Operation) -> bool:
        try:
            return operation.advance()
        except ReplacementNeeded as needed:
            raise resource.UpdateReplace(self.name) from needed
        except errors.CustomResourceError as failure:
            # Heat shows a ResourceFailure made of a plain text, and of no resource, as that text and nothing else.
            raise exception.ResourceFailure(in_clear(str(failure)), None, self.action) from failure

    def _watch(self, operation: Operation) -> bool:
        parkable = parking.parkable(self)
        # Heat throws the stack's own timeout into this thread, but only between two calls.
        seconds = settings().watch_seconds if parkable else 1.0
        if operation.pending is not None and operation.pending.spec.delivery is Delivery.DIRECT:
            done = watch(lambda: self._advance(operation), seconds=seconds, interval=_DIRECT_INTERVAL)
        else:
            with answer_poller.of_process().watching(self.id) as wait:
                done = watch(lambda: self._advance(operation), seconds=seconds, interval=_OWN_INTERVAL, sleep=wait)
        if not done and parkable:
            # Heat takes this for another's lock on the row: it drops the thread and writes nothing.
            self._operation = operation
            raise exception.UpdateInProgress(resource_name=self.name)
        return done

    def handle_preempt(self) -> None:
        """Let the row go; Heat calls this on the object that just gave up waiting, and on others, which do nothing."""
        operation, self._operation = self._operation, None
        if operation is not None:
            parking.park(self, operation)

    def _moved(self, state: State) -> None:
        self._known = state
        shown = in_clear(state.shown_id)[:_HEAT_ID_CHARACTERS]
        if shown and shown != self.resource_id:
            self.resource_id_set(shown)

    def _warn(self, text: str) -> None:
        LOG.warning("%s: %s", self.name, text)
        self._add_event(self.action, self.status, in_clear(text))

    def _held(self) -> set[str]:
        """Return the ids that must not be deleted with this row, because another row goes on with them."""
        state = self.state_now()
        if state.current is None:
            return set()
        deleting = self.stack.action == self.stack.DELETE
        held: set[str] = set()
        for other in queries.namesakes(self.context, self.stack.id, self.name, self.id):
            stays = other.row_id > self.id if deleting else other.template_id == self.stack.t.id
            if not stays:
                continue
            twin = State.parse(resource_data.read(self.context, other.row_id, resource_data.STATE_KEY)).current
            if twin is not None:
                held.add(twin.physical_resource_id)
            replaced = not deleting and other.row_id > self.id
            if replaced and state.current.spec.update_replace_policy is ReplacePolicy.RETAIN:
                held.add(state.current.physical_resource_id)
        return held

    # Heat's convergence.

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
        if self._is_waiting_create() and template_id == self.current_template_id:
            self._calling_engine_id = engine_id
            scheduler.TaskRunner(self._go_on_creating)(timeout=timeout, progress_callback=progress_callback)
            return
        super().update_convergence(template_id, new_requires, engine_id, timeout, new_stack, progress_callback)

    def _go_on_creating(self) -> Any:
        yield from self._do_action(self.CREATE)
        if self.stack.action == self.stack.CREATE:
            yield from self._break_if_required(self.CREATE, environment.HOOK_POST_CREATE)

    def _break_if_required(self, action: str, hook: str) -> Any:
        """Stop at a hook; but not at one before an action that goes on after it waited without a thread."""
        pending = self.state_now().pending
        goes_on = pending is not None and pending.traversal == self.stack.current_traversal
        if not (goes_on and hook.startswith("pre-")):
            yield from super()._break_if_required(action, hook)

    def _load_data(self, row: Any) -> None:
        super()._load_data(row)
        if self.action == self.ROLLBACK:
            # Heat stores so the row of a resource that a rollback brings back, and then takes it for there already.
            self.action = self.INIT
            self._brought_back_by = self.current_template_id

    def create_convergence(self, template_id: int, *args: Any, **kwargs: Any) -> None:
        """Create; but what a rollback was to bring back and did not, Heat has loaded by the rollback's template."""
        if self._brought_back_by not in {None, template_id}:
            raise resource.UpdateReplace(self.name)
        super().create_convergence(template_id, *args, **kwargs)

    def lock(self, engine_id: str) -> Any:
        """Lock the row; but not for Heat's API, to mark it unhealthy, while it waits without a lock.

        :raises UpdateInProgress: as if an engine held it.
        """
        if self._calling_engine_id is None and self.status == self.IN_PROGRESS:
            raise exception.UpdateInProgress(resource_name=self.name)
        return super().lock(engine_id)

    def _is_waiting_create(self) -> bool:
        if self.state != (self.CREATE, self.IN_PROGRESS):
            return False
        pending = self.state_now().pending
        return pending is not None and pending.request_type is RequestType.CREATE

    def delete_convergence(
        self, template_id: int, engine_id: str, timeout: float, progress_callback: Any = None
    ) -> None:
        """Delete the row where it belongs to another template; delete what the row's thing replaced, where it stays."""
        timeout = max(timeout, _LEAST_TIME)
        if self._waits_for_stack(template_id):
            clean_up_order.wait_for_updates(self, timeout, progress_callback)
        goes = self.current_template_id != template_id
        if self.state_now().superseded and (not goes or self._is_retained()):
            self._calling_engine_id = engine_id
            scheduler.TaskRunner(self._tidy)(timeout=timeout, progress_callback=progress_callback)
        super().delete_convergence(template_id, engine_id, timeout, progress_callback)
        stack_cleanup.after(self)

    def _is_retained(self) -> bool:
        """Return whether Heat deletes the row and asks nobody: by the author's DeletionPolicy."""
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
        return bool(differs or self._is_unsettled() or self.spec(after, after_props).always_update)

    def _is_unsettled(self) -> bool:
        state = self.state_now()
        attempted = state.current is not None and state.current.attempted is not None
        return self.status != self.COMPLETE or state.pending is not None or attempted

    def preview_update(self, after: Any, before: Any, *args: Any, **kwargs: Any) -> bool:
        """Tell what an update would do."""
        self._after = after
        return bool(super().preview_update(after, before, *args, **kwargs))

    def needs_replace_failed(self) -> bool:
        """Return whether a failed resource must be replaced: only where nothing was ever made."""
        state = self.state_now()
        return state.pending is None and state.current is None

    def needs_replace_with_prop_diff(
        self, changed_properties_set: set[str], after_props: Any, before_props: Any
    ) -> bool:
        """Return whether the author wants a replacement for what changed."""
        wanted = self.replace_on_change(self._after or self.t, after_props)
        return not self.changed_names(changed_properties_set, after_props, before_props).isdisjoint(wanted)

    # Answers.

    def handle_signal(self, details: Any = None) -> None:
        """Take an answer; Heat only looks whether this method exists."""
        self.signal(details)

    def signal(self, details: Any = None, need_check: bool = True) -> bool:
        """Take an answer, or clear a hook.

        :raises StackValidationFailed: it is none; heat-api-cfn makes a 400 of it.
        """
        if isinstance(details, dict) and "unset_hook" in details:
            return bool(super().signal(details, need_check))
        try:
            signal.receive(self.ref, details)
        except ResponseError as error:
            raise exception.StackValidationFailed(message=in_clear(str(error))) from error
        return False

    # Adopt and abandon.

    def prepare_abandon(self) -> dict[str, Any]:
        """Return what another Heat needs to adopt the resource, and no secret."""
        self.abandon_in_progress = True
        return adopt_abandon.exported(self, transitions.accounted(self.state_now(), self.ref.identity("")))

    def handle_adopt(self, resource_data: Any = None) -> None:
        """Take a resource over that exists already."""
        state = adopt_abandon.adopted(resource_data, self.spec(self.t, self.properties))
        self._remember(state)
        if state.current is None:
            raise exception.Error(adopt_abandon.NO_ID)

    def _remember(self, state: State) -> None:
        resource_data.write(self.context, self.id, resource_data.STATE_KEY, state.to_json())
        self._moved(state)
