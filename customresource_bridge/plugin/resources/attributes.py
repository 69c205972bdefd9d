"""What a resource shows of its thing: real values to the template's functions; masked, where NoEcho is set, to people.

Mixed into the resource class of ``base``.
"""

from typing import Any

from heat.common import exception
from heat.engine import resource

from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources import data_path


class Showing(resource.Resource):  # type: ignore[misc] # Heat has no types
    """Ref, GetAtt, outputs, and ``resource show``."""

    def state_now(self) -> State:
        """Return what the resource remembers."""
        raise NotImplementedError

    def get_reference_id(self) -> str:
        """Return the whole PhysicalResourceId."""
        thing = self.state_now().thing
        return thing.physical_resource_id if thing else str(super().get_reference_id())

    def get_attribute(self, key: str, *path: Any) -> Any:
        """Return a value out of Data, in clear: for functions of the template."""
        thing = self.state_now().thing
        if key == self.SHOW:
            return dict(thing.data) if thing else None
        if thing is None:
            return None
        try:
            return data_path.find(thing.data, (key, *path))
        except KeyError:
            raise exception.InvalidTemplateAttribute(resource=self.name, key=key) from None

    def FnGetAtt(self, key: str, *path: Any) -> Any:  # noqa: N802 - Heat's name
        """Return a value out of Data. It is not cached: Heat would store it in clear."""
        return self.get_attribute(key, *path)

    def node_data(self, stk_defn: Any = None, for_resources: bool = True, for_outputs: Any = False) -> Any:
        """Return what others see: masked for the outputs of a stack whose reader is a person."""
        node = super().node_data(stk_defn, for_resources, for_outputs)
        thing = self.state_now().thing
        if for_outputs and thing is not None and thing.no_echo and self.stack.owner_id is None:
            node._attributes = dict.fromkeys(node._attributes, data_path.MASK)  # noqa: SLF001 - no other way
        return node

    def _resolve_attribute(self, name: str) -> Any:
        thing = self.state_now().thing
        if thing is None:
            return None
        return data_path.MASK if thing.no_echo else thing.data.get(name)

    def _show_resource(self) -> Any:
        thing = self.state_now().thing
        if thing is None:
            return None
        return {name: data_path.MASK if thing.no_echo else value for name, value in thing.data.items()}

    def get_live_state(self, _resource_properties: Any) -> dict[str, Any]:
        """Return nothing: Data's keys are no properties, even where they are called the same."""
        return {}
