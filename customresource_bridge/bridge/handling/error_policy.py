"""Says what the bridge does about each error between a message and its answer: one table, and nothing elsewhere.

A test fails for an error class that has no row. In words: an error that may pass is tried again until the request's
deadline; one that will not fails the resource with its text; a message that cannot be read, or is not the plugin's, is
set aside; and no message is ever dropped in silence.
"""

import logging
from dataclasses import dataclass, replace

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
    :ivar answers_after: for how many seconds the same is tried before the stack sees FAILED with the error's text; None
        where it sees no such thing.
    :ivar level: how it is logged.
    """

    retry: bool
    answers_after: float | None
    message: MessageFate
    level: int

    @property
    def answers(self) -> bool:
        """Whether the stack sees FAILED with the error's text, be it later."""
        return self.answers_after is not None


OWNER_PATIENCE = 30.0
"""Seconds until an owner without a trust that works is taken for one who gives none."""

_LATER = ErrorPolicy(retry=True, answers_after=None, message=MessageFate.KEEP, level=logging.WARNING)
_OPERATOR = ErrorPolicy(retry=True, answers_after=None, message=MessageFate.KEEP, level=logging.ERROR)
_FAILED = ErrorPolicy(retry=False, answers_after=0.0, message=MessageFate.DELETE, level=logging.INFO)
_ASIDE = ErrorPolicy(retry=False, answers_after=None, message=MessageFate.SET_ASIDE, level=logging.WARNING)

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
    errors.NoTrust: replace(_LATER, answers_after=OWNER_PATIENCE, message=MessageFate.DELETE),
    errors.Conflict: _LATER,
    errors.Forbidden: _FAILED,
    errors.NotFound: _FAILED,
    errors.Rejected: _FAILED,
}


def is_answered(error: errors.CustomResourceError, *, claimed_at: float) -> bool:
    """Return whether the stack sees FAILED with the error's text now.

    :param claimed_at: when the request was, on the monotonic clock. Each request gives its owner the same time, however
        old a list of trusts is: this one's was made before it was claimed, or is missing.
    """
    tried_for = error.listed_at - claimed_at if isinstance(error, errors.NoTrust) else 0.0
    patience = policy_for(error).answers_after
    return patience is not None and tried_for >= patience


def policy_for(error: errors.CustomResourceError) -> ErrorPolicy:
    """Return the row for an error, or that of its nearest parent."""
    return next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
