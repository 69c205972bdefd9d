"""``customresource-bridge operator``: one service for the requests of all projects, in as many processes as wanted.

Processes are cotyledon's: it forks them, starts a dead one anew, and ends them by SIGTERM after they have drained.
Written by hand, that would be a second one of its kind in OpenStack; oslo.service has the same, tied to eventlet.
Everything that talks, sessions, threads, the bus, is made after the fork.
"""

import argparse
import sys
from typing import Any

import cotyledon
from oslo_log import log as oslo_log

from customresource_bridge.bridge.operator.project_limits import ProjectLimits
from customresource_bridge.bridge.operator.threads import choose_threads
from customresource_bridge.cmd import arguments, common
from customresource_bridge.cmd.daemon.gmr import GuruMeditation
from customresource_bridge.cmd.daemon.observability import Observability, listen_address
from customresource_bridge.errors import ConfigurationError, CustomResourceError

NAME = "customresource-bridge"
LOG = oslo_log.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    arguments.add_config_file(parser)
    arguments.add_debug(parser)
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT.

    :raises ConfigurationError: an option is missing or wrong.
    """
    choose_threads()
    # Imported after that: it loads oslo.messaging, which would else load eventlet.
    from customresource_bridge.cmd.operator.process import OperatorProcess  # noqa: PLC0415

    if args.workers < 1:
        raise ConfigurationError(f"--workers {args.workers}: at least one is needed")
    conf = common.load(argparse.Namespace(config_file=args.config_file, debug=args.debug, os_cloud=None))
    _check(conf, workers=args.workers)
    GuruMeditation(conf, name=NAME)  # or a signal to the whole service would be the end of this process

    class Worker(cotyledon.Service):
        """One process."""

        name = NAME

        def __init__(self, worker_id: Any) -> None:
            super().__init__(worker_id)
            self._process: Any = None
            try:
                self._observability = Observability(conf, worker=int(worker_id))
            except CustomResourceError as error:
                LOG.error("cannot begin: %s", error)  # noqa: TRY400 - the text says it all
                sys.exit(1)

        def run(self) -> None:
            """Begin; called once, after the fork."""
            try:
                self._process = OperatorProcess(conf, self._observability)
                self._process.start()
            except CustomResourceError as error:
                LOG.error("cannot begin: %s", error)  # noqa: TRY400 - the text says it all
                sys.exit(1)

        def terminate(self) -> None:
            """Drain, and end; called at SIGTERM."""
            if self._process is not None:
                self._process.stop()
            self._observability.end()

    manager = cotyledon.ServiceManager(graceful_shutdown_timeout=int(conf.bridge.stop_patience) + 30)
    manager.add(Worker, workers=args.workers)
    manager.run()
    return 0


def _check(conf: Any, *, workers: int) -> None:
    for name in ("auth_url", "username", "password"):
        if not conf.operator[name]:
            raise ConfigurationError(f"[operator] {name} is missing")
    if conf.operator.watch == "cloud" and not conf.operator.project_name:
        raise ConfigurationError(
            "[operator] watch = cloud needs project_name: a project where the bridge's user may list all executions"
        )
    common.routes(conf)
    ProjectLimits(conf.operator.project_limit)
    listen_address(conf, worker=workers - 1)
