"""The whole error tree, in one place.

    CustomResourceError                 whatever this package raises on purpose
    ├── ProtocolError                   a value from outside breaks the contract (field, problem, remedy)
    │   ├── RequestError
    │   ├── ResponseError
    │   ├── ServiceTokenError
    │   └── TokenError
    ├── ConfigurationError              the operator's or tenant's configuration is wrong
    └── ServiceError                    an OpenStack service or a ResponseURL did not do what was asked
        ├── ServiceUnavailable          ask again later: no connection, timeout, 423, 429, 5xx
        ├── Unauthorized                401: authenticate again, then ask again
        │   └── NoTrust                 no trust of the stack's owner works: it may be made this moment
        ├── Forbidden                   403
        ├── NotFound                    404
        ├── Conflict                    409
        └── Rejected                    any other 4xx: asking again will not help

What each of them does to a request stands in one table: ``customresource_bridge.bridge.handling.error_policy``.
Errors of other libraries are turned into these once, where they arise (``clients``), with the cause chained.
"""

from customresource_bridge.protocol.errors import (
    CustomResourceError,
    ProtocolError,
    RequestError,
    ResponseError,
    ServiceTokenError,
    TokenError,
)

__all__ = [
    "ConfigurationError",
    "Conflict",
    "CustomResourceError",
    "Forbidden",
    "NoTrust",
    "NotFound",
    "ProtocolError",
    "Rejected",
    "RequestError",
    "ResponseError",
    "ServiceError",
    "ServiceTokenError",
    "ServiceUnavailable",
    "TokenError",
    "Unauthorized",
]


class ConfigurationError(CustomResourceError):
    """An option is missing or wrong; the text names it and says what to set."""


class ServiceError(CustomResourceError):
    """A service did not do what was asked.

    :param service: which one, as an operator calls it ("Zaqar", "Mistral", "Keystone", "ResponseURL").
    :param doing: what was asked of it ("claim messages").
    :param problem: its answer, or why there was none; never a URL's secret part.
    :param status: the HTTP status, or None where there was no answer.
    """

    def __init__(self, service: str, doing: str, problem: str, *, status: int | None = None) -> None:
        answered = f" ({status})" if status is not None else ""
        super().__init__(f"{service} did not {doing}{answered}: {problem}")
        self.service = service
        self.doing = doing
        self.problem = problem
        self.status = status


class ServiceUnavailable(ServiceError):  # noqa: N818 - OpenStack's own name for it
    """No connection, no answer in time, or an answer that says: later (423, 429, 5xx)."""


class Unauthorized(ServiceError):  # noqa: N818 - HTTP's own name for it
    """401: the token is no longer taken."""


class NoTrust(Unauthorized):
    """No trust that Keystone lists lets the bridge act as a stack's owner.

    :ivar listed_at: when they were listed, on the monotonic clock: one made since then is not among them.
    """

    def __init__(self, service: str, doing: str, problem: str, *, listed_at: float) -> None:
        super().__init__(service, doing, problem)
        self.listed_at = listed_at


class Forbidden(ServiceError):  # noqa: N818 - HTTP's own name for it
    """403: this user may not."""


class NotFound(ServiceError):  # noqa: N818 - HTTP's own name for it
    """404: what was asked for is not there."""


class Conflict(ServiceError):  # noqa: N818 - HTTP's own name for it
    """409: it is there already, or in another state."""


class Rejected(ServiceError):  # noqa: N818 - the opposite of accepted
    """The request itself was refused (400 and the rest of 4xx): the same again will be refused again."""
