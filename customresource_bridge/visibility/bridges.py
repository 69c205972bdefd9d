"""Which bridges and providers are there: those whose heartbeats lie in the reader's project.

A bridge is seen in the project whose credentials it has. An operator's is seen in the operator's own project, though it
handles the requests of others.
"""

from dataclasses import dataclass

from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat, alive


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBridge:
    """One process of a bridge, or of a provider.

    :ivar said: its last heartbeat.
    :ivar seen: seconds since it was posted, by Zaqar's clock.
    """

    said: Heartbeat
    seen: int


def seen_bridges(zaqar: Zaqar) -> list[SeenBridge]:
    """Return the bridges that are there, ordered by their hosts.

    :raises ServiceError: Zaqar did not answer.
    """
    return [one for one in seen_bridges_and_providers(zaqar) if one.said.mode is not BridgeMode.PROVIDER]


def seen_bridges_and_providers(zaqar: Zaqar) -> list[SeenBridge]:
    """Return the bridges and the providers that are there, ordered by their hosts.

    :raises ServiceError: Zaqar did not answer.
    """
    posted = ((message.body, message.age) for message in zaqar.messages(ids.BRIDGE_QUEUE))
    seen = (SeenBridge(said=said, seen=age) for said, age in alive(posted))
    return sorted(seen, key=lambda bridge: (bridge.said.host, bridge.said.pid, bridge.said.started_at))
