"""The module Heat's plugin loader finds. What it finds is in ``plugin.resources.types``."""

from customresource_bridge.plugin.resources.types import resource_mapping

__all__ = ["resource_mapping"]
