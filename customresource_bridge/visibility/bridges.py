"""Which bridges and providers are there: those whose heartbeats lie in the reader's project.

A bridge is seen in the project whose credentials it has. An operator's is seen in the operator's own project, though it
handles the requests of others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from customresource_bridge.clients.zaqar import Message, Zaqar
from customresource_bridge.protocol import RequestError, ids
from customresource_bridge.protocol.heartbeat import TTL, BridgeMode, Heartbeat


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
    last: dict[str, SeenBridge] = {}
    for bridge in _read(zaqar.messages(ids.BRIDGE_QUEUE)):  # the oldest first, so that the last one counts
        last[bridge.said.id] = bridge
    alive = (bridge for bridge in last.values() if not bridge.said.stopped)
    return sorted(alive, key=lambda bridge: (bridge.said.host, bridge.said.pid, bridge.said.started_at))


def _read(messages: Iterable[Message]) -> Iterator[SeenBridge]:
    """Yield what can be read: each user of the project may post into the queue, and for as long as Zaqar allows."""
    for message in messages:
        try:
            said = Heartbeat.parse(message.body)
        except RequestError:
            continue
        if message.age <= TTL:
            yield SeenBridge(said=said, seen=message.age)
