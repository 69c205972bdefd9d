"""``customresource-bridge run``: the daemon, in the foreground, for the project of its credentials."""

import argparse
import threading
from typing import Any

import tenacity
from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.project import Project
from customresource_bridge.cmd import common
from customresource_bridge.cmd.daemon import service_checks
from customresource_bridge.cmd.daemon.ending import told_to_end, wait_for
from customresource_bridge.cmd.daemon.observability import Observability
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode

LOG = oslo_log.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    common.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT.

    :raises Unauthorized: Keystone refuses the credentials; no later try would change that.
    """
    conf = common.load(args)
    stop = told_to_end()
    routes, settings = common.routes(conf), common.settings(conf)
    observability = Observability(conf)
    observability.hold("Keystone: has given no token yet")
    session = common.session(conf)
    project = _project(conf, session, stop)
    if project is None:
        return 0
    bridge = Bridge(project, routes, settings, observer=observability.observer())
    if not project.response_urls.bases:
        LOG.error(
            "no ResponseURL can be opened: the catalogue has no cloudformation endpoint, and [response] "
            "allowed_bases is empty"
        )
    region_name = common.region(conf)
    checks = {"Bell": bridge.ping, **service_checks.checks(conf, session, region_name=region_name)}
    heartbeats = common.heartbeats(
        conf, session, region_name=region_name, mode=BridgeMode.TENANT, entries=bridge.table.all
    )
    bridge.start()
    heartbeats.start()
    observability.begin(bridge.table.all, projects=lambda: 1, checks=checks)
    LOG.info("handling the requests of project %s", project.id)
    wait_for(stop)
    LOG.info("ending: %d requests in flight", len(bridge.table))
    observability.hold("it is ending")
    bridge.stop()
    heartbeats.stop()
    observability.end()
    LOG.info("ended")
    return 0


def _project(conf: Any, session: Any, stop: threading.Event) -> Project | None:
    """Return the project's clients, once Keystone answers; None where the end came first."""
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(errors.ServiceUnavailable),
        wait=tenacity.wait_exponential(multiplier=1, max=30),
        stop=tenacity.stop_when_event_set(stop),
        sleep=tenacity.sleep_using_event(stop),
        before_sleep=_say,
        reraise=True,
    )
    try:
        project: Project = again(common.project, conf, session)
    except errors.ServiceUnavailable:
        return None
    return project


def _say(state: tenacity.RetryCallState) -> None:
    problem = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0
    LOG.warning("cannot begin yet, next try in %d s: %s", pause, problem)
