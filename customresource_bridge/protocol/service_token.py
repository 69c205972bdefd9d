"""Who handles a request: reads the ServiceToken's forms.

``mistral:<workflow>[?namespace=<namespace>]``
    a workflow, by name or id, of the stack's own project.
``zaqar:<queue>``
    a consumer that reads a queue of the stack's own project.
``zaqar:<queue>?project=..&signature=..&expires=..&methods=..&paths=..``
    a pre-signed queue of another project, as OS::Zaqar::SignedQueueURL makes it.
anything else (an ARN, a name), or nothing
    is looked up in the bridge's routes.

It does not look whether the workflow, the queue or the route exists.
"""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from urllib.parse import parse_qs, unquote

from customresource_bridge.protocol.errors import ServiceTokenError
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.protocol.secret import Secret

_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SCHEMES = ("mistral", "zaqar")
_SIGNED = ("project", "signature", "expires", "methods", "paths")
_LONGEST_NAME = 255
"""Characters that Mistral takes for a workflow's name."""
_LONGEST_PART = 1024
"""Characters of what goes into a header; servers refuse a head of some thousands."""


@dataclass(frozen=True, slots=True)
class WorkflowToken:
    """A workflow of the stack's own project."""

    workflow: str
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class QueueToken:
    """A queue of the stack's own project."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedQueueToken:
    """A pre-signed queue of another project."""

    queue: str
    project_id: str = field(repr=False)
    signature: Secret
    expires: str
    methods: tuple[str, ...]
    paths: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RoutedToken:
    """A name that the bridge's routes know, or nothing."""

    name: str


ServiceToken = WorkflowToken | QueueToken | SignedQueueToken | RoutedToken


def parse_service_token(text: str) -> ServiceToken:
    """Read a ServiceToken.

    :raises ServiceTokenError: it has one of our forms and is wrong in it.
    """
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "mistral":
        return _workflow(rest)
    if colon and scheme == "zaqar":
        return _queue(rest)
    return RoutedToken(text)


def likely_meant(text: str) -> str | None:
    """Return the ServiceToken that was likely meant by one in no form of ours; None where it may be what was meant.

    Without what follows its '?', which may be a signature.
    """
    scheme, colon, rest = text.strip().partition(":")
    if not colon or text.partition(":")[0] in _SCHEMES:
        return None
    close = get_close_matches(scheme.strip().lower(), _SCHEMES, n=1, cutoff=0.75)
    return one_line(f"{close[0]}:{rest.partition('?')[0].strip()[:200]}") if close else None


def _workflow(rest: str) -> WorkflowToken:
    name, query = _split(rest, allowed=("namespace",))
    workflow, namespace = unquote(name).strip(), query.get("namespace")
    if not workflow:
        raise ServiceTokenError("ServiceToken", "names no workflow", "write mistral:<name or id>")
    if not f"{workflow}{namespace or ''}".isprintable():
        raise ServiceTokenError("ServiceToken", "holds a control character", "write letters, digits and signs only")
    if max(len(workflow), len(namespace or "")) > _LONGEST_NAME:
        raise ServiceTokenError("ServiceToken", f"names what has above {_LONGEST_NAME} letters", "no workflow has")
    return WorkflowToken(workflow, namespace)


def _queue(rest: str) -> QueueToken | SignedQueueToken:
    queue, query = _split(rest, allowed=_SIGNED)
    if not _QUEUE_NAME.match(queue):
        raise ServiceTokenError(
            "ServiceToken", "names no queue", "write zaqar:<queue>, up to 64 letters, digits, '_' and '-'"
        )
    if "?" not in rest:
        return QueueToken(queue)
    missing = [name for name in _SIGNED if name not in query]
    if missing:
        raise ServiceTokenError("ServiceToken", f"lacks {', '.join(missing)}", "give all that the signed URL has")
    unfit = [name for name in _SIGNED if not (query[name].isascii() and query[name].isprintable())]
    if unfit:
        # They go into headers.
        problem = f"has letters in {', '.join(unfit)} that no signed URL has"
        raise ServiceTokenError("ServiceToken", problem, "give what Zaqar answered, unchanged")
    long = [name for name in _SIGNED if len(query[name]) > _LONGEST_PART]
    if long:
        problem = f"has above {_LONGEST_PART} letters in {', '.join(long)}"
        raise ServiceTokenError("ServiceToken", problem, "give what Zaqar answered, unchanged")
    return SignedQueueToken(
        queue=queue,
        project_id=query["project"],
        signature=Secret(query["signature"]),
        expires=query["expires"],
        methods=tuple(query["methods"].split(",")),
        paths=tuple(query["paths"].split(",")),
    )


def _split(rest: str, *, allowed: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    name, _, query_text = rest.partition("?")
    query = parse_qs(query_text, keep_blank_values=True)
    unknown = sorted(set(query) - set(allowed))
    if unknown or any(len(values) > 1 for values in query.values()):
        problem = "has a parameter twice" if not unknown else f"has an unknown parameter ({one_line(unknown[0][:40])})"
        raise ServiceTokenError("ServiceToken", problem, f"allowed are: {', '.join(allowed)}")
    return name, {key: values[0] for key, values in query.items() if values[0]}
