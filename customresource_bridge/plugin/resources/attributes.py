"""What a resource shows of what it made: real values to functions; masked, where NoEcho is set, to people.

A mixin for a resource class that knows its state.
"""

from collections.abc import Sequence
from typing import Any

from heat.common import exception

from customresource_bridge.plugin.delivery.lookup import executions
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle import data_path
from customresource_bridge.plugin.lifecycle.progress import ProgressReport
from customresource_bridge.plugin.lifecycle.request_view import ATTRIBUTE, request_view
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.operated import Operated
from customresource_bridge.protocol.values import stringified


class Attributes(Operated):
    """Ref, GetAtt, outputs, and ``resource show``."""

    def texts_only(self) -> bool:
        """Return whether the values that functions get are texts, as the values that the handler gets."""
        raise NotImplementedError

    def get_reference_id(self) -> str:
        """Return the whole PhysicalResourceId."""
        physical = self.state_now().current
        return physical.physical_resource_id if physical else str(super().get_reference_id())

    def get_attribute(self, key: str, *path: Any) -> Any:
        """Return a value out of Data, in clear: for functions of the template."""
        physical = self.state_now().current
        try:
            if self._is_request(key):
                return self._request(path)
            if physical is None:
                return None
            return data_path.value(physical.data, (key, *path), texts=self.texts_only())
        except KeyError:
            raise exception.InvalidTemplateAttribute(resource=self.name, key=key) from None

    def FnGetAtt(self, key: str, *path: Any) -> Any:  # noqa: N802 - Heat's name
        """Return a value out of Data. It is not cached: Heat would store it in clear."""
        return self.get_attribute(key, *path)

    def node_data(self, stk_defn: Any = None, for_resources: bool = True, for_outputs: Any = False) -> Any:
        """Return what others see: masked for the outputs of a stack whose reader is a person."""
        node = super().node_data(stk_defn, for_resources, for_outputs)
        physical = self.state_now().current
        if for_outputs and physical is not None and physical.no_echo and self.stack.owner_id is None:
            node._attributes = dict.fromkeys(node._attributes, data_path.MASK)  # noqa: SLF001 - no other way
        return node

    def _resolve_attribute(self, name: str) -> Any:
        physical = self.state_now().current
        if self._is_request(name):
            return self._request()
        if physical is None:
            return None
        return data_path.MASK if physical.no_echo else self._shown(physical.data.get(name))

    def _is_request(self, name: str) -> bool:
        """Return whether a name is that of our own attribute, and not of a key in Data."""
        physical = self.state_now().current
        return name == ATTRIBUTE and (physical is None or name not in physical.data)

    def _request(self, path: Sequence[Any] = ()) -> Any:
        """Return what is known of the request that is out, or of the last: read anew, for it goes on by itself.

        :raises KeyError: there is nothing at ``path``.
        """
        if self.id is None:
            return None
        text, lease = resource_data.read_all(self.context, self.id)
        if lease is None:
            return None
        pending = State.parse(text).pending
        answer = resource_data.read(self.context, self.id, resource_data.answer_key(lease.request_id))
        execution = executions.view(self.ref, lease.request_id, pending)
        report = ProgressReport.parse(resource_data.read(self.context, self.id, resource_data.PROGRESS_KEY))
        view = request_view(pending, lease, answered=answer is not None, execution=execution, report=report)
        return data_path.find(view, path) if path else view

    def _show_resource(self) -> Any:
        physical = self.state_now().current
        if physical is None:
            return None
        return {
            name: data_path.MASK if physical.no_echo else self._shown(value) for name, value in physical.data.items()
        }

    def _shown(self, value: Any) -> Any:
        return stringified(value) if value is not None and self.texts_only() else value

    def get_live_state(self, _resource_properties: Any) -> dict[str, Any]:
        """Return nothing: Data's keys are no properties, even where they are called the same."""
        return {}
