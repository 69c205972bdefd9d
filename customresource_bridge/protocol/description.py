"""An execution's description: which request it is for, of which resource and stack. Written and read here alone. Pure.

``heat-cr Create <RequestId> of dns in www``; that of a request that puts an end to another one closes with
`` after <that RequestId>``, and the words of a template's author follow a colon. Releases before wrote no names: theirs
are read too.

A description proves nothing, since a user who may start workflows may write one: whose an execution is, its id
tells. But Mistral is asked by it for what has ended: who rewrites one hides its end until the bridge looks at that
execution by its id, which it does less and less often.
"""

import re

from customresource_bridge.protocol.naming import Identity, printable
from customresource_bridge.protocol.request import RequestType

LONGEST = 255
"""Characters that Mistral takes."""
BEGINS = "heat-cr "
"""How each begins."""
_LONGEST_ID = 64
_AFTER = " after "
_NAMES = re.compile(r" of (?P<resource>\S+) in (?P<stack>[^\s:]+)")


def describe(identity: Identity, phase: str, *, previous: str | None = None) -> str:
    """Return the description of a request's execution.

    :param phase: ``Create``, ``Update``, ``Delete``, ``Check``, or one that CloudFormation does not know.
    :param previous: the RequestId of the request that it puts an end to.
    """
    begins = beginning(phase, identity.request_id)
    ends = f"{_AFTER}{previous[:_LONGEST_ID]}" if previous else ""
    stack = identity.stack_id.rpartition(":stacks/")[2].partition("/")[0]
    room = (LONGEST - len(begins) - len(ends) - len(" of  in ")) // 2
    return f"{begins} of {_word(identity.logical_resource_id, room)} in {_word(stack, room)}{ends}"


def _word(name: str, room: int) -> str:
    # One word, so that no name reads as an ending; and of letters that every database takes.
    return "".join(letter if letter <= "\uffff" else "?" for letter in re.sub(r"\s", "_", printable(name)))[:room]


def beginning(phase: str, request_id: str) -> str:
    """Return how the description of a request's execution begins; no other's does."""
    return f"{BEGINS}{phase} {request_id[:_LONGEST_ID]}"


def is_of(description: str, request_type: RequestType, request_id: str) -> bool:
    """Return whether a description is that of a request."""
    return f"{description} ".startswith(f"{beginning(request_type, request_id)} ")


def request_in(description: str) -> str | None:
    """Return the RequestId of the request that an execution is of, or None where it tells none."""
    return description.split()[2] if phase_in(description) else None


def phase_in(description: str) -> str | None:
    """Return the phase of the request that a description is of, or None where it tells none."""
    words = description.split()
    known = tuple(str(kind) for kind in RequestType)
    return words[1] if len(words) > 2 and words[1] in known else None  # noqa: PLR2004 - heat-cr, phase, RequestId


def predecessor_in(description: str) -> str | None:
    """Return the RequestId of the request that an execution puts an end to, or None."""
    return description.rpartition(_AFTER)[2] if _AFTER in description else None


def names_in(description: str) -> tuple[str, str]:
    """Return the resource and the stack that a description names, as one word each; empty where it names none."""
    found = _NAMES.search(description)
    return (found["resource"], found["stack"]) if found else ("", "")


def may_be_of(description: str, resource: str) -> bool:
    """Return whether a description is, by the name in it, of this resource: one without a name may be of any."""
    named = names_in(description)[0]
    return not named or named == _word(resource, len(named))
