"""``customresource-bridge provider``: consumes a queue of requests with a Lambda-style Python handler."""

import argparse
import json
import logging
import os
import re
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from traceback import format_tb
from typing import Any

from keystoneauth1 import session as keystone_session

from customresource_bridge.clients import session as sessions
from customresource_bridge.clients.response_url import Base, ResponseURLs
from customresource_bridge.clients.zaqar import Zaqar
from customresource_bridge.cmd.arguments import add_debug, add_os_cloud
from customresource_bridge.cmd.terminal import one_line
from customresource_bridge.errors import ConfigurationError, ServiceError
from customresource_bridge.protocol.naming import printable
from customresource_bridge.provider import runner
from customresource_bridge.provider.consumer import Consumer
from customresource_bridge.provider.signed_file import parse_signed_file

LOG = logging.getLogger(__name__)
_HANDLER = re.compile(r"[^:]*[^:/.][:.][^:/.][^:/]*")
"""A module, in a folder or not, and a function: ``module:function``, ``folder/module.function``."""
_CHATTY = ("urllib3", "keystoneauth", "openstack", "stevedore")
"""Libraries whose lines about each call would show queues' messages and tokens, or say nothing."""
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_debug(parser)
    add_handler_arguments(parser, required=True)
    queue = parser.add_mutually_exclusive_group(required=True)
    queue.add_argument(
        "--queue", metavar="NAME", help="a queue of the own project (credentials from clouds.yaml or OS_*)"
    )
    queue.add_argument(
        "--signed-url-file", type=Path, metavar="FILE", help="a pre-signed queue, as Zaqar answered; no account needed"
    )
    parser.add_argument("--zaqar-url", metavar="URL", help="Zaqar's endpoint, for --signed-url-file")
    add_os_cloud(parser)
    parser.add_argument("--os-region-name", metavar="NAME", default=os.environ.get("OS_REGION_NAME"), help="the region")
    parser.add_argument(
        "--allowed-base",
        action="append",
        required=True,
        metavar="URL",
        help="where ResponseURLs may lie: the gateway's public base URL; may be given again",
    )
    parser.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="CA certificates to trust, by this command and by the handler"
    )
    parser.add_argument(
        "--parallel",
        type=_at_least_one,
        metavar="N",
        default=1,
        help="how many requests at once (default: %(default)s)",
    )
    parser.add_argument("--once", action="store_true", help="end when the queue is empty")


def add_handler_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare how the handler is run; the conformance command takes the same."""
    parser.add_argument("--handler", required=required, metavar="MODULE:FUNCTION", help="the handler")
    parser.add_argument(
        "--folder", type=Path, metavar="PATH", default=Path(), help="where the handler is (default: here)"
    )
    parser.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the handler's own Python, as of its own venv"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", default=900.0, help="seconds it may run (default: %(default)s)"
    )
    parser.add_argument(
        "--environment",
        type=Path,
        metavar="FILE",
        help="JSON object of environment variables for the handler; this command itself does not take them",
    )


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def handler_from(arguments: argparse.Namespace, *, ca_file: Path | None) -> runner.HandlerSpec:
    """Return the handler that the arguments name.

    :raises ConfigurationError: its folder is none, its name has no function, or its variables cannot be read.
    """
    if not _HANDLER.fullmatch(arguments.handler):
        raise ConfigurationError(f"--handler {arguments.handler}: name the function too, as in module:function")
    if not arguments.folder.is_dir():
        raise ConfigurationError(f"--folder {arguments.folder} is no folder")
    environment = _variables(arguments.environment) if arguments.environment else {}
    if ca_file:
        environment.update(dict.fromkeys(_CA_VARIABLES, str(ca_file.absolute())))
    return runner.HandlerSpec(
        name=arguments.handler, python=arguments.python, folder=arguments.folder, environment=environment
    )


def _variables(file: Path) -> dict[str, str]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"--environment {file}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"--environment {file}: it holds no JSON object")
    for name, text in value.items():
        if not name or "=" in name or "\0" in name:
            raise ConfigurationError(f"--environment {file}: {name!r} is no name of a variable")
        if not isinstance(text, str) or "\0" in text:
            raise ConfigurationError(f"--environment {file}: the value of {name} is no text")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Consume until SIGTERM or SIGINT, or until the queue is empty where that was asked for.

    :raises ConfigurationError: an argument is wrong.
    """
    level = logging.DEBUG if arguments.debug else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for library in _CHATTY:
        logging.getLogger(library).setLevel(logging.WARNING)
    handler = handler_from(arguments, ca_file=arguments.ca_file)
    stop, failed = Event(), Event()
    threads = []
    for _ in range(arguments.parallel):
        consumer = _consumer(arguments, handler, stop)
        threads.append(Thread(target=_serve, args=(consumer, stop, failed), kwargs={"once": arguments.once}))
    LOG.info(
        "answering the requests of queue %s by %s, %d at once, for %g s each; ResponseURLs under %s",
        consumer.queue,
        arguments.handler,
        arguments.parallel,
        arguments.timeout,
        ", ".join(arguments.allowed_base),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1 if failed.is_set() else 0


def _serve(consumer: Consumer, stop: Event, failed: Event, *, once: bool) -> None:
    try:
        if once:
            while not stop.is_set() and consumer.serve_one():
                pass
        else:
            consumer.serve()
    except ServiceError as error:
        LOG.error("The queue cannot be used: %s", error)  # noqa: TRY400 - the text says it all
        failed.set()
        stop.set()
    except Exception as error:  # a thread would end without a word, and its requests with it
        where = "".join(format_tb(error.__traceback__))
        LOG.error("A consumer ended: %s in\n%s", type(error).__name__, where)  # noqa: TRY400 - no message: it may quote a secret
        failed.set()
        stop.set()


def _consumer(arguments: argparse.Namespace, handler: runner.HandlerSpec, stop: Event) -> Consumer:
    zaqar, queue = _queue(arguments)
    ca_file = str(arguments.ca_file) if arguments.ca_file else None
    answers = ResponseURLs([Base.parse(base) for base in arguments.allowed_base], ca_file=ca_file)

    def handle(event: Mapping[str, Any], seconds: float) -> runner.Ending:
        named = printable(str(event.get("RequestId")))
        return runner.run(handler, event, seconds=seconds, show=lambda line: LOG.info("[%s] %s", named, one_line(line)))

    return Consumer(
        queue=queue,
        zaqar=zaqar,
        answers=answers,
        run=handle,
        clock=lambda: datetime.now(UTC),
        stop=stop,
        seconds=arguments.timeout,
    )


def _queue(arguments: argparse.Namespace) -> tuple[Zaqar, str]:
    if arguments.queue:
        session = sessions.load(cloud=arguments.os_cloud, timeout=20.0, min_token_life=120, connections=10)
        return Zaqar.from_session(session, region_name=arguments.os_region_name), arguments.queue
    if not arguments.zaqar_url:
        raise ConfigurationError("--signed-url-file needs --zaqar-url: the endpoint that signed it")
    try:
        token = parse_signed_file(arguments.signed_url_file.read_text())
    except OSError as error:
        raise ConfigurationError(f"--signed-url-file {arguments.signed_url_file}: {error.strerror}") from None
    verify: bool | str = str(arguments.ca_file) if arguments.ca_file else True
    session = keystone_session.Session(verify=verify)
    return Zaqar.from_signed_queue(session, token, endpoint=arguments.zaqar_url), token.queue
