"""What can be wrong with a value that crosses the protocol: always a field, a problem and a remedy.

The base class of all of this package's errors lives here because the protocol imports nothing of ours.
The texts never repeat the value itself: it may be a secret, or a megabyte.
"""


class CustomResourceError(Exception):
    """What this package raises on purpose."""


class ProtocolError(CustomResourceError):
    """A value from outside breaks the contract.

    :param field: the field's name as it stands in the JSON, with its path (``OpenStack.Deadline``).
    :param problem: what is wrong with it, to follow the field's name in a sentence.
    :param remedy: what its author can do.
    """

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field} {problem}: {remedy}")
        self.field = field
        self.problem = problem
        self.remedy = remedy


class RequestError(ProtocolError):
    """A message is not a request that Heat's plugin could have posted."""


class ResponseError(ProtocolError):
    """A handler's answer is not a response to the request it was given."""


class ServiceTokenError(ProtocolError):
    """A ServiceToken names a handler in a form that is not defined."""


class TokenError(ProtocolError):
    """A ResponseURL's token does not open, or the keys for it are malformed."""
