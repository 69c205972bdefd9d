"""Reads a StackId: the ARN that Heat makes of a stack's project, name and id.

``arn:openstack:heat::<project>:stacks/<name>/<id>``, see HeatIdentifier in Heat's ``heat/common/identifier.py``, which
quotes the name.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from customresource_bridge.protocol import ids
from customresource_bridge.protocol.errors import RequestError

_ARN = re.compile(r"arn:openstack:heat::(?P<project>[^:/\s]+):stacks/(?P<name>[^/\s]+)/(?P<uuid>[0-9a-f-]{36})\Z")


@dataclass(frozen=True, slots=True)
class StackId:
    """A stack's project, name and id."""

    project_id: str
    name: str
    uuid: str

    @classmethod
    def parse(cls, arn: str) -> "StackId":
        """Read a StackId.

        :raises RequestError: it is none of Heat's.
        """
        found = _ARN.match(arn)
        if not found or not ids.is_stack_queue(ids.stack_queue(found["uuid"])):
            raise RequestError("StackId", "is no stack's ARN", "send the one that Heat makes")
        return cls(found["project"], unquote(found["name"]), found["uuid"])

    @property
    def arn(self) -> str:
        """The StackId as a request has it."""
        return f"arn:openstack:heat::{self.project_id}:stacks/{quote(self.name, safe='')}/{self.uuid}"

    @property
    def queue(self) -> str:
        """The name of the stack's queue."""
        return ids.stack_queue(self.uuid)
