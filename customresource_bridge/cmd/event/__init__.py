"""``customresource-bridge event``: writes an event to try a handler with."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from customresource_bridge.cmd.arguments import add_debug, json_object
from customresource_bridge.cmd.event.make import EventSettings, make_event
from customresource_bridge.cmd.terminal import json_text
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError, ProtocolError
from customresource_bridge.protocol import Request, RequestType


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_debug(parser)
    parser.add_argument("kind", choices=[str(kind).lower() for kind in RequestType], help="what is asked for")
    parser.add_argument("--properties", type=Path, metavar="FILE", help="JSON object: the resource's properties")
    parser.add_argument(
        "--old-properties", type=Path, metavar="FILE", help="JSON object: those before an Update (default: the same)"
    )
    parser.add_argument(
        "--physical-resource-id", metavar="ID", help="what the handler answered last (default: one that is derived)"
    )
    parser.add_argument("--resource-type", default="Custom::Thing", metavar="TYPE", help="(default: %(default)s)")
    parser.add_argument("--resource", default="Thing", metavar="NAME", help="its name (default: %(default)s)")
    parser.add_argument("--stack", default="example", metavar="NAME", help="the stack's name (default: %(default)s)")
    parser.add_argument("--service-token", default="zaqar:example", metavar="TOKEN", help="(default: %(default)s)")
    parser.add_argument(
        "--service-timeout", type=int, default=3600, metavar="SECONDS", help="until the deadline (default: %(default)s)"
    )
    parser.add_argument(
        "--native",
        action="store_true",
        help="leave values as they are, as OS::Heat::CustomResource does; CloudFormation's types make them texts",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the event.

    :raises ConfigurationError: an argument is wrong.
    """
    settings = EventSettings(
        stack=arguments.stack,
        resource=arguments.resource,
        resource_type=arguments.resource_type,
        service_token=arguments.service_token,
        timeout=arguments.service_timeout,
        properties=json_object(arguments.properties) if arguments.properties else {},
        old=json_object(arguments.old_properties) if arguments.old_properties else None,
        physical_id=arguments.physical_resource_id,
        native=arguments.native,
    )
    kind = RequestType(arguments.kind.capitalize())
    request = make_event(kind, settings, request_id=str(uuid4()), now=datetime.now(UTC))
    try:
        Request.parse(request.to_dict())
    except ProtocolError as error:
        raise ConfigurationError(f"No such event can be: {error}") from None
    sys.stdout.write(json_text(request.to_dict()) + "\n")
    return 0
