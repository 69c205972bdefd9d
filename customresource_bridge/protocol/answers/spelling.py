"""How handlers spell a response's fields and statuses, and which of their objects are a response at all."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from customresource_bridge.protocol.answers.response import Status
from customresource_bridge.protocol.naming import printable

FIELDS = ("Status", "Reason", "PhysicalResourceId", "NoEcho", "Data")
_IDS = ("StackId", "RequestId", "LogicalResourceId")
_PLAIN = {name.lower(): name for name in (*FIELDS, *_IDS)}
_IN_ANY_CASE = frozenset({"PhysicalResourceId", "NoEcho"})
"""Names that mean nothing else, in whatever letters; ``data``, ``reason`` and ``status`` are words like others."""
_STATUSES = {
    "SUCCESS": Status.SUCCESS,
    "SUCCEEDED": Status.SUCCESS,
    "SUCCESSFUL": Status.SUCCESS,
    "FAILED": Status.FAILED,
    "FAILURE": Status.FAILED,
    "FAIL": Status.FAILED,
}
_LONGEST = 40


def field_of(key: Any) -> str | None:
    """Return the field that a key means: ``physicalResourceID`` and ``physical_resource_id`` are one."""
    if not isinstance(key, str) or len(key) > _LONGEST:
        return None
    return _PLAIN.get(re.sub(r"[^a-z]", "", key.lower()))


def status_of(value: Any) -> Status | None:
    """Return the status that a value means, or None where that is not clear."""
    return _STATUSES.get(value.strip().upper()) if isinstance(value, str) else None


class Members:
    """An object's members by the field that each means; the exact spelling counts before any other."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._source = source
        self._keys: dict[str, str] = {}
        for key in source:
            name = field_of(key)
            if name is not None and (key == name or name not in self._keys):
                self._keys[name] = key

    def key(self, name: str) -> str:
        """Return a field's key as the handler wrote it."""
        return self._keys.get(name, name)

    def get(self, name: str) -> Any:
        """Return a field's value, or None."""
        return self._source.get(self.key(name))

    def advice(self) -> Iterator[str]:
        """Yield what is understood here and not by CloudFormation."""
        yield from (f"{printable(key)} is taken for {name}" for name, key in self._keys.items() if key != name)
        status = self.get("Status")
        if (meant := status_of(status)) is not None and status != str(meant):
            yield f"Status {status!r} is taken for {meant}"
        physical = self.get("PhysicalResourceId")
        if isinstance(physical, int | float) and not isinstance(physical, bool):
            yield f"{printable(self.key('PhysicalResourceId'))} is a number"


def is_response(value: Mapping[str, Any], *, also: Collection[str] = ()) -> bool:
    """Return whether an object is a response, and not just any object.

    :param also: keys that make it one, beside a response's own fields.
    """
    for key, item in value.items():
        name = field_of(key)
        if name is None or name in _IDS:
            continue
        if key == name or key in also or name in _IN_ANY_CASE:
            return True
        if name == "Status" and status_of(item) is Status.FAILED:
            return True
    return False
