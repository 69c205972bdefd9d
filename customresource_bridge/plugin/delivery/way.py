"""The two ways of a request to its handler, by queue and directly, as those who send it see them: alike."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from customresource_bridge.plugin.delivery import queue, workflow
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.plugin.lifecycle.spec import Delivery
from customresource_bridge.plugin.lifecycle.state import Pending, State
from customresource_bridge.plugin.lifecycle.wait_decision import Seen
from customresource_bridge.protocol import Response


class Way(Protocol):
    """One way."""

    def check(self, ref: ResourceRef, pending: Pending) -> str | None:
        """Return why a request cannot be sent at all, or None."""

    def send(self, ref: ResourceRef, pending: Pending, state: State) -> None:
        """Send a request that was written down.

        :raises CustomResourceError: it was not sent.
        """

    def send_again(self, ref: ResourceRef, pending: Pending) -> None:
        """Send a request once more, under its id; its lease counts that already, and does no more where it was not.

        :raises CustomResourceError: it was not sent.
        """

    def see(self, ref: ResourceRef, pending: Pending) -> Seen:
        """Return what became of a request.

        :raises ServiceError: it cannot be seen.
        """

    def look(self, ref: ResourceRef, pending: Pending, *, interrupt: bool) -> tuple[Seen, Response | None]:
        """Return what became of a request, and its answer, if there is one.

        :param interrupt: stop what still runs, where it can be stopped.
        """

    def execution(self, ref: ResourceRef, pending: Pending) -> str | None:
        """Return the id of the workflow execution that handles a request that was sent.

        None where there is none, or none can be seen now: it raises nothing.
        """

    def cancel(self, ref: ResourceRef, pending: Pending) -> None:
        """Stop what a request that was given up still does, where it can be stopped."""


Ways = Mapping[Delivery, Way]
WAYS: Ways = MappingProxyType({Delivery.QUEUE: queue, Delivery.DIRECT: workflow})
