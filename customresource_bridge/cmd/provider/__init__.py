"""``customresource-bridge provider``: has a Python handler answer a queue, in whichever style it is written."""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from keystoneauth1 import session as keystone_session
from oslo_log import log as oslo_log

from customresource_bridge import conf as configuration
from customresource_bridge.bridge.observability.heartbeats import PATIENCE, Heartbeats
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd.arguments import add_config_file, add_debug, add_os_cloud
from customresource_bridge.cmd.daemon.ending import join, told_to_end
from customresource_bridge.cmd.handler_arguments import (
    QUERY_INTERVAL,
    LoadedHandler,
    add_handler_arguments,
    loaded_handler,
)
from customresource_bridge.cmd.provider import signature
from customresource_bridge.cmd.provider.output import log_for
from customresource_bridge.cmd.provider.state import QueueHome, opened_journal
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError, ServiceError
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode
from customresource_bridge.protocol.printing import without_text
from customresource_bridge.provider import runner
from customresource_bridge.provider.box.undumpable import make_undumpable
from customresource_bridge.provider.ending import Ending
from customresource_bridge.provider.handler_calls import HandlerCalls, Run
from customresource_bridge.provider.queue.consumer import Consumer
from customresource_bridge.provider.queue.signed_file import parse_signed_file

LOG = oslo_log.getLogger(__name__)
_NEXT_LOOK = 0.1
"""Seconds between two looks where the end of all is awaited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedQueue:
    """The queue that is to be answered, and the client that reads it.

    :ivar home: says where it is.
    :ivar own: a client for heartbeats, where the credentials are for more than the one queue, as a signature's are not.
    """

    name: str
    zaqar: Zaqar
    home: Callable[[], QueueHome]
    own: Zaqar | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_config_file(parser)
    add_debug(parser)
    add_handler_arguments(parser, required=True)
    _add_queue_arguments(parser)
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
    parser.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="where it is kept which requests are in hand, wait or are answered (default: with isComplete or polls "
        "a file named after the queue and its project in ~/.local/state/customresource-bridge, otherwise in memory)",
    )
    parser.add_argument("--once", action="store_true", help="end when the queue is empty and nothing waits")


def _add_queue_arguments(parser: argparse.ArgumentParser) -> None:
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


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def run(arguments: argparse.Namespace) -> int:
    """Consume until SIGTERM or SIGINT, or until the queue is empty where that was asked for.

    :raises ConfigurationError: an argument is wrong, or the handler cannot be loaded.
    """
    _set_up_logs(arguments)
    make_undumpable()  # the handler is to read nothing of this process
    queue = _queue(arguments)
    handler = loaded_handler(arguments, ca_file=arguments.ca_file, show=log_for({}))
    stop, failed = told_to_end(), Event()
    consumer = _consumer(arguments, handler, stop, queue=queue)
    _say_what_is_served(arguments, handler, consumer)
    threads = [
        Thread(target=_serve, args=(consumer, failed), kwargs={"once": arguments.once})
        for _ in range(arguments.parallel)
    ]
    beating = _heartbeats(arguments, queue, consumer)
    if beating:
        beating.start()
    for thread in threads:
        thread.start()
    join(threads)
    if beating:
        beating.stop()
    if waiting := consumer.journal.waiting():
        LOG.info("ended; %d requests wait for the next provider with the same --state", waiting)
    return 1 if failed.is_set() else 0


def _heartbeats(arguments: argparse.Namespace, queue: ServedQueue, consumer: Consumer) -> Heartbeats | None:
    """Return what says that the provider is there; None for one that soon ends, or may post into no other queue."""
    if queue.own is None or arguments.once:
        return None
    return Heartbeats.of_this_process(
        queue.own,
        mode=BridgeMode.PROVIDER,
        workers=arguments.parallel,
        entries=consumer.in_hand.all,
        queue=consumer.queue,
    )


def _set_up_logs(arguments: argparse.Namespace) -> None:
    configuration.load(arguments.config_file, debug=arguments.debug)


def _say_what_is_served(arguments: argparse.Namespace, handler: LoadedHandler, consumer: Consumer) -> None:
    LOG.info(
        "answering the requests of queue %s by %s, %s, %d at once, for %g s each; ResponseURLs under %s",
        consumer.queue,
        arguments.handler,
        handler.style,
        arguments.parallel,
        arguments.timeout,
        ", ".join(arguments.allowed_base),
    )
    if os.geteuid() == 0 and not arguments.user:
        LOG.warning("The handler is run as root, who owns this host's files: name another user by --user")
    if waiting := consumer.journal.waiting():
        LOG.info("%d requests wait already, and are gone on with", waiting)


def _serve(consumer: Consumer, failed: Event, *, once: bool) -> None:
    # Not logged while it is handled: oslo.log would add the exception's text, which may quote a secret.
    problem = _end_of(consumer, once=once)
    if problem:
        LOG.error("%s", problem)
        failed.set()
        consumer.stop.set()


def _end_of(consumer: Consumer, *, once: bool) -> str:
    """Serve, and return what went wrong, if anything did."""
    try:
        if not once:
            consumer.serve()
            return ""
        while not consumer.stop.is_set() and (consumer.serve_one() or consumer.waits()):
            consumer.stop.wait(_NEXT_LOOK if consumer.waits() else 0)
    except ServiceError as error:
        return f"The queue cannot be used: {error}"
    except Exception as error:  # a thread would end without a word, and its requests with it
        return f"A consumer ended: {without_text(error)}"
    return ""


def _consumer(arguments: argparse.Namespace, handler: LoadedHandler, stop: Event, *, queue: ServedQueue) -> Consumer:
    ca_file = str(arguments.ca_file) if arguments.ca_file else None
    asked = _runs(handler.is_complete) if handler.is_complete else None
    calls = HandlerCalls(
        run=_runs(handler.spec), style=handler.style.style, is_complete=asked, polls=handler.style.polls
    )
    return Consumer(
        queue=queue.name,
        zaqar=queue.zaqar,
        answers=ResponseURLs([Base.parse(base) for base in arguments.allowed_base], ca_file=ca_file),
        calls=calls,
        journal=opened_journal(
            arguments.state, queue.name, queue.home, is_needed=calls.may_wait, now=_now().timestamp()
        ),
        clock=_now,
        stop=stop,
        seconds=arguments.timeout,
        query_interval=arguments.query_interval or handler.query_interval or QUERY_INTERVAL,
        total_timeout=arguments.total_timeout,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _runs(spec: runner.HandlerSpec) -> Run:
    def handle(event: Mapping[str, Any], seconds: float) -> Ending:
        return runner.run(spec, event, seconds=seconds, show=log_for(event))

    return handle


def _queue(arguments: argparse.Namespace) -> ServedQueue:
    if arguments.queue:
        session = sessions.load(cloud=arguments.os_cloud, timeout=20.0, min_token_life=120, connections=10)
        region = arguments.os_region_name
        zaqar = Zaqar.from_session(session, region_name=region)
        own = Zaqar.from_session(session, region_name=region, timeout=PATIENCE, longest=PATIENCE)
        return ServedQueue(name=arguments.queue, zaqar=zaqar, home=lambda: _home_in(session, region), own=own)
    if not arguments.zaqar_url:
        raise ConfigurationError("--signed-url-file needs --zaqar-url: the endpoint that signed it")
    try:
        token = parse_signed_file(arguments.signed_url_file.read_text())
    except OSError as error:
        raise ConfigurationError(f"--signed-url-file {arguments.signed_url_file}: {error.strerror}") from None
    _say_how_long(token.expires)
    verify: bool | str = str(arguments.ca_file) if arguments.ca_file else True
    session = keystone_session.Session(verify=verify, redirect=False)
    zaqar = Zaqar.from_signed_queue(session, token, endpoint=arguments.zaqar_url)
    home = QueueHome(endpoint=arguments.zaqar_url, project_id=token.project_id)
    return ServedQueue(name=token.queue, zaqar=zaqar, home=lambda: home)


def _home_in(session: Any, region: str | None) -> QueueHome:
    endpoint = sessions.endpoint(session, "messaging", region=region, interface="public")
    return QueueHome(endpoint=endpoint or "", project_id=sessions.project_id(session))


def _say_how_long(expires: str) -> None:
    left = signature.left(expires, now=_now())
    if left is not None:
        tell = LOG.warning if left < signature.SOON else LOG.info
        tell("the pre-signed queue may be read until %s UTC, for %d more minutes", expires, left.total_seconds() // 60)
