"""An object in Swift, in a container that is made where there is none. Needs openstacksdk and credentials of a project.

The object's metadata say which resource made it. The page about the gallery has its properties.
"""

from urllib.parse import quote

import openstack
from common import RefusedError, answer, mark, required

_OWNER = "X-Object-Meta-Custom-Resource"
_GONE = 404


def handler(event, _context):
    """Answer a request for an object."""
    ours = mark(event)

    def make(thing, properties):
        container, _, name = thing.removeprefix("swift/").partition("/")
        swift = _Swift()
        maker = swift.maker(container, name)
        if maker not in {None, ours}:
            raise RefusedError(f"There is an object {name} in {container} already, and it is not this resource's")
        content = str(properties.get("Content", "")).encode()
        kind = str(properties.get("ContentType") or "text/plain")
        swift.call("PUT", quote(container, safe=""))
        headers = {"Content-Type": kind, _OWNER: ours, **({"If-None-Match": "*"} if maker is None else {})}
        put = swift.call("PUT", _place(container, name), data=content, headers=headers)
        return {"Data": {"Container": container, "Name": name, "Etag": put.headers.get("Etag", "")}}

    def remove(thing):
        container, _, name = thing.partition("swift/")[2].partition("/")
        swift = _Swift()
        if name and swift.maker(container, name) == ours:
            swift.call("DELETE", _place(container, name), but=_GONE)

    return answer(event, name=_name, make=make, remove=remove)


def _name(properties):
    container, name = str(required(properties, "Container")), str(required(properties, "Name"))
    if "/" in container:
        raise RefusedError("Container has no slash")
    if {"", ".", ".."} & {container, *name.split("/")}:
        raise RefusedError("Container and Name have no part that is empty, . or ..")
    return f"swift/{container}/{name}"


def _place(container, name):
    return f"{quote(container, safe='')}/{quote(name)}"


class _Swift:
    """The object store of the project whose credentials the handler has."""

    def __init__(self):
        self._session = openstack.connect().object_store

    def maker(self, container, name):
        """Return the mark of what made an object, None where there is no such object."""
        answered = self.call("HEAD", _place(container, name), but=_GONE)
        return None if answered.status_code == _GONE else answered.headers.get(_OWNER, "")

    def call(self, method, path, *, but=None, **more):
        """Do one call; a status but those below 300 is an error, except one."""
        answered = self._session.request(f"/{path}", method, raise_exc=False, **more)
        if not answered.ok and answered.status_code != but:
            raise RefusedError(f"Swift: {method} {path}: {answered.status_code}")
        return answered
