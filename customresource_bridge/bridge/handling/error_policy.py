"""Says what the bridge does about each error between a message and its answer: one table, and nothing elsewhere.

A test fails for an error class that has no row. In words: an error that may pass is tried again until the request's
deadline; one that will not fails the resource with its text; a message that cannot be read, or is not the plugin's, is
set aside; and no message is ever dropped in silence.
"""

import logging
from dataclasses import dataclass

from customresource_bridge import errors
from customresource_bridge.compat import StrEnum


class MessageFate(StrEnum):
    """What happens to the message."""

    KEEP = "keep"  # claimed, until the request is answered
    DELETE = "delete"  # once the answer is accepted, or final
    SET_ASIDE = "set aside"  # copied to the dead letters with the reason, then deleted


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """One row.

    :ivar retry: whether the same is tried again, until the deadline.
    :ivar answers: whether the stack sees FAILED with the error's text now.
    :ivar level: how it is logged.
    """

    retry: bool
    answers: bool
    message: MessageFate
    level: int


_LATER = ErrorPolicy(retry=True, answers=False, message=MessageFate.KEEP, level=logging.WARNING)
_OPERATOR = ErrorPolicy(retry=True, answers=False, message=MessageFate.KEEP, level=logging.ERROR)
_FAILED = ErrorPolicy(retry=False, answers=True, message=MessageFate.DELETE, level=logging.INFO)
_ASIDE = ErrorPolicy(retry=False, answers=False, message=MessageFate.SET_ASIDE, level=logging.WARNING)

TABLE: dict[type[errors.CustomResourceError], ErrorPolicy] = {
    # A class of which nothing more is known: most likely an error of this package. It must not fail the stack.
    errors.CustomResourceError: _OPERATOR,
    errors.ConfigurationError: _OPERATOR,
    # The message. Validation answers it instead where its ids and its ResponseURL can be trusted.
    errors.ProtocolError: _ASIDE,
    errors.RequestError: _ASIDE,
    errors.TokenError: _ASIDE,
    errors.ServiceTokenError: _FAILED,
    errors.ResponseError: _FAILED,
    # The services.
    errors.ServiceError: _LATER,
    errors.ServiceUnavailable: _LATER,
    errors.Unauthorized: _OPERATOR,
    errors.NoTrust: _LATER,  # until refuses_for_good
    errors.Conflict: _LATER,
    errors.Forbidden: _FAILED,
    errors.NotFound: _FAILED,
    errors.Rejected: _FAILED,
}


OWNER_PATIENCE = 30.0
"""Seconds until an owner without a trust that works is taken for one who gives none."""


def refuses_for_good(error: errors.CustomResourceError, *, claimed_at: float) -> bool:
    """Return whether an owner is not waited for any more: each request has its own time, however old a list is.

    :param claimed_at: when the request was, on the monotonic clock. Its owner's trust was made before, or is missing.
    """
    return isinstance(error, errors.NoTrust) and error.listed_at - claimed_at >= OWNER_PATIENCE


def policy_for(error: errors.CustomResourceError) -> ErrorPolicy:
    """Return the row for an error, or that of its nearest parent."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
