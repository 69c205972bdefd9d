"""Logs what a handler prints, each record with the request that it belongs to; a traceback is one record."""

from collections.abc import Mapping
from typing import Any

from oslo_log import log as oslo_log

from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import each_line, one_line
from customresource_bridge.provider.runner import Show

LOG = oslo_log.getLogger(__name__)
_NAMES = ("RequestId", "RequestType", "LogicalResourceId", "StackId")


def log_for(event: Mapping[str, Any]) -> Show:
    """Return what logs a handler's output for one request, with the ids by themselves for JSON."""
    ids = {name: printable(str(event[name])) for name in _NAMES if event.get(name)}

    def show(text: str) -> None:
        if "\n" in text:
            LOG.error("[%s] %s", ids.get("RequestId", "-"), block(text), extra=ids)
        else:
            LOG.info("[%s] %s", ids.get("RequestId", "-"), one_line(text), extra=ids)

    return show


def block(text: str) -> str:
    """Return a text of several lines of which no line can be taken for another record's."""
    return each_line("\n".join(text.splitlines())).replace("\n", "\n    ")
