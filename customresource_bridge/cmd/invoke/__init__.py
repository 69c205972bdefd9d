"""``customresource-bridge invoke``: runs a handler on one event, here, and shows what Heat would be told.

The real gateway takes what the handler PUTs, on https with a throw-away certificate; no cloud is needed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from customresource_bridge.cmd.arguments import add_debug
from customresource_bridge.cmd.conformance.handlers import pauses, show_output
from customresource_bridge.cmd.conformance.local_gateway import LocalGateway, local_gateway
from customresource_bridge.cmd.handler_arguments import (
    QUERY_INTERVAL,
    LoadedHandler,
    add_handler_arguments,
    loaded_handler,
)
from customresource_bridge.cmd.invoke.event_file import STDIN, read_event, request_in
from customresource_bridge.cmd.invoke.trial import TrialResult, tell
from customresource_bridge.cmd.invoke.watch import times, wait_for_change
from customresource_bridge.cmd.terminal import json_text
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol import Request, Status
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.provider import runner
from customresource_bridge.provider.ending import Ending
from customresource_bridge.provider.handler_calls import HandlerCalls, Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_debug(parser)
    add_handler_arguments(parser, required=True)
    parser.add_argument(
        "--event", type=Path, required=True, metavar="FILE", help="the request, as `event` writes it; - is stdin"
    )
    parser.add_argument(
        "--pdb",
        action="store_true",
        help="stop at the handler's first line in Python's debugger, and again where it raises",
    )
    parser.add_argument("--watch", action="store_true", help="run again when a file changes, until Ctrl-C")


def run(arguments: argparse.Namespace) -> int:
    """Run the handler, and return 0 where the request would succeed.

    :raises ConfigurationError: an argument is wrong, or the handler cannot be loaded.
    """
    if arguments.event == STDIN and (arguments.watch or arguments.pdb):
        raise ConfigurationError(
            "--event -: --watch and --pdb need a file, since stdin is read once and the debugger's"
        )
    with tempfile.TemporaryDirectory() as folder, local_gateway(Path(folder)) as gateway:
        if not arguments.watch:
            return _once(arguments, gateway)
        return _again_and_again(arguments, gateway)


def _again_and_again(arguments: argparse.Namespace, gateway: LocalGateway) -> int:
    look = partial(times, arguments.folder, [arguments.event])
    while True:
        before = look()
        try:
            code = _once(arguments, gateway)
        except ConfigurationError as error:
            sys.stderr.write(one_line(str(error)) + "\n")
            code = 1
        sys.stderr.write("\nwaiting for a change; Ctrl-C ends it\n")
        try:
            changed = wait_for_change(before, look, sleep=time.sleep)
        except KeyboardInterrupt:
            return code
        sys.stderr.write(f"\n{one_line(', '.join(changed[:3]))} changed\n")


def _once(arguments: argparse.Namespace, gateway: LocalGateway) -> int:
    request = request_in(read_event(arguments.event), now=datetime.now(UTC))
    handler = loaded_handler(arguments, ca_file=gateway.ca_file, show=show_output)
    sys.stderr.write(f"{request.request_type} of {one_line(request.logical_resource_id)}, {handler.style}\n")
    began = time.monotonic()
    told = tell(
        _calls(handler, debugged=arguments.pdb),
        request,
        gateway=gateway,
        seconds=arguments.timeout,
        wait=pauses(arguments.query_interval or QUERY_INTERVAL, total=arguments.total_timeout or _left(request)),
    )
    _show(told, time.monotonic() - began)
    return 0 if told.response.status is Status.SUCCESS else 1


def _left(request: Request) -> float:
    return (request.extras.deadline - datetime.now(UTC)).total_seconds()


def _calls(handler: LoadedHandler, *, debugged: bool) -> HandlerCalls:
    is_complete = _runs(handler.is_complete, debugged=debugged) if handler.is_complete else None
    return HandlerCalls(
        run=_runs(handler.spec, debugged=debugged),
        style=handler.style.style,
        is_complete=is_complete,
        polls=handler.style.polls,
    )


def _runs(spec: runner.HandlerSpec, *, debugged: bool) -> Run:
    def handle(event: Mapping[str, Any], seconds: float) -> Ending:
        if debugged:
            return runner.debug(spec, event)
        return runner.run(spec, event, seconds=seconds, show=show_output)

    return handle


def _show(told: TrialResult, seconds: float) -> None:
    for put in told.puts:
        sys.stderr.write(f"{put.method} of {len(put.raw)} bytes, told {put.status} {one_line(put.text)}\n")
    sys.stderr.write(f"{told.response.status} {told.how}, in {seconds:.2f} s\n")
    sys.stderr.flush()
    sys.stdout.write(json_text(told.shown()) + "\n")
    sys.stdout.flush()
