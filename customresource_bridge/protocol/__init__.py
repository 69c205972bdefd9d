"""The CloudFormation contract as pure values: no I/O, no clock, no OpenStack.

Everything that crosses between the plugin, the bridge, the gateway and a handler is one of these.
"""

from customresource_bridge.protocol.answers.response import Response, Status
from customresource_bridge.protocol.errors import (
    CustomResourceError,
    ProtocolError,
    RequestError,
    ResponseError,
    ServiceTokenError,
)
from customresource_bridge.protocol.messaging.bell import Bell, BusBell
from customresource_bridge.protocol.naming import Identity
from customresource_bridge.protocol.request import EarlierRequest, Extras, Request, RequestType, WorkflowCall
from customresource_bridge.protocol.secret import Secret
from customresource_bridge.protocol.service_token import (
    QueueToken,
    RoutedToken,
    ServiceToken,
    SignedQueueToken,
    WorkflowToken,
    parse_service_token,
)

__all__ = [
    "Bell",
    "BusBell",
    "CustomResourceError",
    "EarlierRequest",
    "Extras",
    "Identity",
    "ProtocolError",
    "QueueToken",
    "Request",
    "RequestError",
    "RequestType",
    "Response",
    "ResponseError",
    "RoutedToken",
    "Secret",
    "ServiceToken",
    "ServiceTokenError",
    "SignedQueueToken",
    "Status",
    "WorkflowCall",
    "WorkflowToken",
    "parse_service_token",
]
