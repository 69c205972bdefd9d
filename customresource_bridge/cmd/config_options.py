"""Every option of every part, for ``oslo-config-generator --namespace customresource_bridge``. It reads no file."""

from collections.abc import Sequence
from typing import Any

from customresource_bridge import conf as bridge
from customresource_bridge.gateway import options as gateway
from customresource_bridge.plugin import options as plugin


def list_opts() -> list[tuple[str, Sequence[Any]]]:
    """Return all groups: the bridge's and the operator's, the plugin's, the gateway's."""
    return [*bridge.list_opts(), *plugin.list_opts(), *gateway.list_opts()]
