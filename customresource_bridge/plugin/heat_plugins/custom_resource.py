"""The module Heat's plugin loader finds. The resource types live in ``customresource_bridge.plugin.types``."""

from customresource_bridge.plugin.types import resource_mapping

__all__ = ["resource_mapping"]
