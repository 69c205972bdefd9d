"""``openstack customresource bridge list``."""

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from customresource_bridge.osc.columns import Seconds, Text
from customresource_bridge.osc.commands import ListCommand, readers_of, spoken
from customresource_bridge.protocol.naming import printable
from customresource_bridge.visibility.bridges import SeenBridge, seen_bridges_and_providers

_COLUMNS = ("Host", "PID", "Mode", "Version", "Workers", "In Flight", "Oldest", "Started", "Last Seen", "Queue")


class ListBridges(ListCommand):
    """List the bridges and providers that have this project's credentials; an operator's is seen in its own project."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Any]]:
        """Return the columns and the rows."""
        del parsed_args
        readers = readers_of(self)
        with spoken():
            found = seen_bridges_and_providers(readers.zaqar)
        return _COLUMNS, [_row(bridge) for bridge in found]


def _row(bridge: SeenBridge) -> list[Any]:
    said = bridge.said
    return [
        printable(said.host),
        said.pid,
        str(said.mode),
        printable(said.version),
        said.workers,
        said.in_flight,
        Seconds(said.oldest),
        said.started_at.isoformat(timespec="seconds"),
        Seconds(bridge.seen),
        Text(printable(said.queue)),
    ]
