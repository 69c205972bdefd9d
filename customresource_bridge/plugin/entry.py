"""What makes Heat load the plugin after a plain ``pip install``, without a word in heat.conf.

Heat imports its ``heat.constraints`` entry points before it looks for resource plugins. This one is an honest
constraint, for ServiceTokens; importing it also adds our directory to Heat's ``plugin_dirs``.
"""

from pathlib import Path
from typing import Any

from heat.engine import constraints
from oslo_config import cfg

from customresource_bridge.plugin import options
from customresource_bridge.protocol import ServiceTokenError, parse_service_token
from customresource_bridge.protocol.service_token import likely_meant

CONSTRAINT = "custom_resource.service_token"
PLUGIN_DIR = str(Path(__file__).with_name("heat_plugins"))


class ServiceTokenConstraint(constraints.BaseCustomConstraint):  # type: ignore[misc] # Heat has no types
    """A ServiceToken in one of our forms must be right in it; any other text is a name for the bridge's routes."""

    expected_exceptions = (ServiceTokenError,)

    def validate_with_client(self, _client: Any, value: str) -> None:
        """Raise if ``value`` is no ServiceToken, or likely not the one that was meant."""
        parse_service_token(value)
        if not value.isprintable():
            # Here alone: a resource that was made with one can still be deleted.
            raise ServiceTokenError("ServiceToken", "holds a control character", "write letters, digits and signs only")
        meant = likely_meant(value)
        if meant is not None:
            raise ServiceTokenError("ServiceToken", "has no form that is known", f"did you mean {meant}?")

    def error(self, value: str) -> str:
        """Return why ``value`` was refused; it may hold a signature, so it is not quoted."""
        try:
            self.validate_with_client(None, value)
        except ServiceTokenError as error:
            return str(error)
        return "ServiceToken cannot be read"


def _register() -> None:
    # Heat's default and what the operator wrote stay; Heat itself drops duplicates in its search path.
    options.register(cfg.CONF)
    configured = list(cfg.CONF.plugin_dirs)
    if PLUGIN_DIR not in configured:
        cfg.CONF.set_override("plugin_dirs", [*configured, PLUGIN_DIR])


_register()
