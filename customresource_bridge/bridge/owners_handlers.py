"""Gives the requests about each owner's stacks a handler of their own, which acts with that owner's authority alone."""

from collections.abc import Callable
from functools import lru_cache

from customresource_bridge.bridge.handling.handler import RequestHandler
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.project import Project

_MOST = 64
"""Owners whose sessions are kept. Without signature keys a message may name whom it likes."""


class OwnersHandlers:
    """One project's handlers; safe to use from any thread.

    :param make: returns a handler that acts for a project. It keeps nothing, so that one may take another's place.
    """

    def __init__(self, project: Project, make: Callable[[Project], RequestHandler], *, most: int = _MOST) -> None:
        self._made = lru_cache(maxsize=most)(lambda owner_id: make(project.acting_as(owner_id)))

    def handler(self, entry: InFlight) -> RequestHandler:
        """Return the handler of a request. One that cannot be read, or names no owner, has the project's."""
        return self._made(entry.request.extras.owner_id if entry.request else None)
