"""Runs a command of our OpenStackClient plugin as ``openstack`` would, on services in memory."""

import io
from types import SimpleNamespace
from typing import Any

from cliff.command import Command
from visibility_parts import SeenCloud


def told(kind: type[Command], cloud: SeenCloud, *words: str) -> str:
    """Return what a command prints."""
    app: Any = SimpleNamespace(
        stdout=io.StringIO(), client_manager=SimpleNamespace(customresource=cloud.readers), options=None
    )
    command = kind(app, None)
    parsed = command.get_parser("openstack customresource").parse_args(words)
    command.run(parsed)
    return str(app.stdout.getvalue())
