import pytest

from customresource_bridge.protocol.errors import (
    CustomResourceError,
    ProtocolError,
    RequestError,
    ResponseError,
    ServiceTokenError,
    TokenError,
)


@pytest.mark.parametrize("kind", [RequestError, ResponseError, ServiceTokenError, TokenError])
def test_every_error_of_the_protocol_names_the_field_the_problem_and_the_remedy(kind: type[ProtocolError]) -> None:
    error = kind("OpenStack.Deadline", "is no moment in time", "send ISO 8601 with an offset")
    assert isinstance(error, CustomResourceError)
    assert str(error) == "OpenStack.Deadline is no moment in time: send ISO 8601 with an offset"
    assert (error.field, error.problem) == ("OpenStack.Deadline", "is no moment in time")
    assert error.remedy == "send ISO 8601 with an offset"
