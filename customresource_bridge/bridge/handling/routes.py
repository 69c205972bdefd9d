"""Says which workflow handles a request: pure, from the request and the configuration.

In this order: the workflow the template's author chose for the phase, a ServiceToken ``mistral:...``, the operator's
routes, the most specific first. Whatever is chosen must be on the list of allowed workflows.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from customresource_bridge import errors
from customresource_bridge.protocol import (
    QueueToken,
    Request,
    RoutedToken,
    ServiceTokenError,
    SignedQueueToken,
    WorkflowToken,
    parse_service_token,
)
from customresource_bridge.protocol.naming import printable

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class RoutedWorkflow:
    """A workflow, by name or id, and its namespace."""

    workflow: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the configuration: which ServiceTokens and ResourceTypes go to which workflow.

    ``*`` stands for any text in both; ``-`` as the ServiceToken stands for "the template names none".
    """

    service_token: str
    resource_type: str
    handler: RoutedWorkflow

    @classmethod
    def parse(cls, text: str) -> "Route":
        """Read ``<ServiceToken> <ResourceType> <workflow>[?namespace=<namespace>]``.

        :raises ConfigurationError: it is not of that form.
        """
        columns = text.split()
        if len(columns) != _COLUMNS:
            raise errors.ConfigurationError(
                f"[routes] route '{text}' has {len(columns)} columns: write '<ServiceToken> <ResourceType> <workflow>'"
            )
        try:
            handler = parse_service_token(f"mistral:{columns[2].removeprefix('mistral:')}")
        except ServiceTokenError as error:
            raise errors.ConfigurationError(f"[routes] route '{text}': {error}") from error
        if not isinstance(handler, WorkflowToken):  # pragma: no cover - the prefix makes it one
            raise TypeError(handler)
        return cls(columns[0], columns[1], RoutedWorkflow(handler.workflow, handler.namespace))

    def matches(self, request: Request) -> bool:
        """Return whether a request goes this way."""
        token = request.service_token or "-"
        return _fits(self.service_token, token) and _fits(self.resource_type, request.resource_type)

    @property
    def rank(self) -> tuple[bool, int, bool, int]:
        """How specific it is: an exact text before a pattern, a longer before a shorter, the ServiceToken first."""
        token, kind = self.service_token, self.resource_type
        return "*" not in token, len(token.replace("*", "")), "*" not in kind, len(kind.replace("*", ""))


class Routes:
    """The operator's routes and the workflows that may be started at all.

    :param allowed: patterns of workflow names; the default allows all.
    """

    def __init__(self, routes: Iterable[Route] = (), *, allowed: Sequence[str] = ("*",)) -> None:
        self.routes = sorted(routes, key=lambda route: route.rank, reverse=True)
        self._allowed = tuple(allowed)

    def handler(self, request: Request) -> RoutedWorkflow:
        """Return the workflow that handles a request.

        :raises ServiceTokenError: no workflow does; the text says what was looked for.
        """
        found = self._find(request)
        if not any(_fits(pattern, found.workflow) for pattern in self._allowed):
            raise ServiceTokenError(
                "ServiceToken",
                f"leads to workflow '{printable(found.workflow)}', which this bridge may not start",
                "use another, or have it added to [security] allowed_workflows",
            )
        return found

    def _find(self, request: Request) -> RoutedWorkflow:
        chosen = request.extras.workflow
        if chosen is not None:
            return RoutedWorkflow(chosen.name, chosen.namespace)
        token = parse_service_token(request.service_token)
        if isinstance(token, WorkflowToken):
            return RoutedWorkflow(token.workflow, token.namespace)
        if isinstance(token, QueueToken | SignedQueueToken):
            raise ServiceTokenError(
                "ServiceToken", "names a queue of its own", "let its consumer read it; it is none of the bridge's"
            )
        return self._routed(request, token)

    def _routed(self, request: Request, token: RoutedToken) -> RoutedWorkflow:
        for route in self.routes:
            if route.matches(request):
                return route.handler
        looked_for = f"ServiceToken '{printable(token.name[:200])}'" if token.name else "no ServiceToken"
        kind = printable(request.resource_type[:200])
        raise ServiceTokenError(
            "ServiceToken",
            f"has no route in this bridge (looked for {looked_for}, ResourceType '{kind}')",
            "write mistral:<workflow> as the ServiceToken, or have a route added",
        )


def _fits(pattern: str, text: str) -> bool:
    # Not fnmatch: its brackets and question marks appear in ARNs and names.
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) is not None
