"""The resource class behind all our types: Heat's calls on one side, an operation with the handler on the other.

What differs between the types, how their template is read, is in ``cfn`` and ``hot``.
"""

from typing import Any

from heat.common import exception

from customresource_bridge.plugin.delivery.bridge_trust import ensure_for
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle import transitions
from customresource_bridge.plugin.lifecycle.plan import Absent, Present
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.resources import adopt_abandon, signal
from customresource_bridge.plugin.resources.attributes import Attributes
from customresource_bridge.plugin.resources.convergence import Convergence
from customresource_bridge.plugin.resources.extra_phases import ExtraPhases
from customresource_bridge.plugin.resources.one_thread import OneThread
from customresource_bridge.plugin.resources.properties import early_checks, schema
from customresource_bridge.protocol import ResponseError
from customresource_bridge.protocol.printing import in_clear


class CustomResource(Attributes, ExtraPhases, OneThread, Convergence):
    """A resource whose life is a handler's code."""

    # A stored trust, with which an engine can go on after the user's token has expired.
    requires_deferred_auth = True
    no_signal_actions = ()
    signal_needs_metadata_updates = False
    attributes_schema: dict[str, Any] = {}  # noqa: RUF012 - Heat's own way
    # For the facade check, see ``compat``.
    accepts_any_property = True

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

    def validate_template(self) -> Any:
        """Check what can be checked of the template alone; Heat's validate() does so too."""
        result = super().validate_template()
        early_checks.check_handler(self)
        return result

    def validate(self) -> None:
        """Check the template, and give an operator's bridge the authority it needs: why here: see ``bridge_trust``."""
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
        always = wish.always_update and not self.is_checked()
        return self._start(Present(spec=wish, always=always, overwritten=self._overwritten))

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
            raise exception.StackValidationFailed(message=in_clear(str(error))) from None
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
