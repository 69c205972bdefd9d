"""``customresource-bridge check``: is everything there that a bridge needs? One line each, and the remedy."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from customresource_bridge import errors
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.keystone_clock import CLOCK
from customresource_bridge.cmd import common
from customresource_bridge.cmd.arguments import add_format
from customresource_bridge.cmd.lists import listed
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.heartbeat import TTL
from customresource_bridge.protocol.naming import printable
from customresource_bridge.visibility.bridges import seen_bridges

_HEADINGS = {"ok": "Result", "check": "Check", "problem": "Problem, and what to do"}
_NO_BRIDGE = (
    f"none with this project's credentials was seen in the last {TTL} seconds: start one by customresource-bridge run, "
    "unless an operator's serves this project; that one is seen in the operator's own project alone"
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    :ivar problem: what is wrong, and its remedy; None where all is well.
    :ivar warning: what may be wrong: whether it is cannot be seen from here.
    :ivar note: what there is to say where all is well.
    """

    what: str
    problem: str | None = None
    warning: str | None = None
    note: str = ""

    @property
    def row(self) -> tuple[bool, str, str | None]:
        """The columns of its line, for a script."""
        return self.problem is None, self.what, self.problem or self.warning

    @property
    def shown(self) -> tuple[str, str, str]:
        """The columns of its line, for a person."""
        if self.problem is not None:
            return "WRONG", self.what, self.problem
        return "ok" if self.warning is None else "warning", self.what, self.warning or self.note


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    common.add_arguments(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Check, print, and return 0 only if nothing is wrong."""
    conf = common.load(args)
    findings = check(conf)
    text = listed(args, _HEADINGS, [it.row for it in findings], shown=[it.shown for it in findings])
    sys.stdout.write(f"{text}\n")
    return 0 if all(finding.problem is None for finding in findings) else 1


def check(conf: Any) -> list[CheckResult]:
    """Return what is well and what is wrong, in the order in which to mend it."""
    session = common.session(conf)
    routes = common.routes(conf)
    try:
        project = common.project(conf, session)
    except errors.ServiceError as error:
        remedy = (
            "check user name, password and project"
            if isinstance(error, errors.Unauthorized)
            else "check OS_AUTH_URL, and that Keystone runs"
        )
        return [CheckResult("Keystone", f"{error}; {remedy}")]
    findings = [
        CheckResult("Keystone", None),
        _clock(),
        _asked("Zaqar (messaging)", project.zaqar.ping, "the bridge cannot find requests without it"),
        _asked("Mistral (workflowv2)", project.mistral.ping, "the bridge cannot run workflows without it"),
        _asked("Heat (orchestration)", project.heat.ping, "the bridge cannot tell which stacks are gone without it"),
        *_response_bases(project),
    ]
    workflows = [_workflow(project, route.handler.workflow, route.handler.namespace) for route in routes.routes]
    return [*findings, *(workflows or [CheckResult("routes to workflows", note="none")]), _bridges(project)]


def _clock() -> CheckResult:
    problem = CLOCK.problem()
    remedy = "the bridge judges deadlines by Keystone's; have NTP set this host's clock, and Keystone's"
    return CheckResult("clock", f"{problem}; {remedy}" if problem else None)


def _asked(what: str, ask: Callable[[], None], consequence: str) -> CheckResult:
    try:
        ask()
    except errors.CustomResourceError as error:
        return CheckResult(what, f"{error}; {consequence}: check its endpoint in the catalogue, and that it runs")
    return CheckResult(what)


def _response_bases(project: Project) -> list[CheckResult]:
    if not project.response_urls.bases:
        remedy = "set [response] allowed_bases to where heat-api-cfn or the gateway is"
        return [
            CheckResult(
                "ResponseURL", f"the catalogue has no cloudformation endpoint, and no base is allowed; {remedy}"
            )
        ]
    return [_reached(project, base) for base in project.response_urls.bases]


def _reached(project: Project, base: Any) -> CheckResult:
    url = base.url
    problem = project.response_urls.reach(Secret(url))
    remedy = "check [response] allowed_bases, ca_file, and that heat-api-cfn or the gateway runs"
    return CheckResult(f"ResponseURL {url}", f"{problem}; {remedy}" if problem else None)


def _workflow(project: Project, workflow: str, namespace: str | None) -> CheckResult:
    what = f"route to workflow '{workflow}'"
    try:
        if project.mistral.has_workflow(workflow, namespace=namespace):
            return CheckResult(what)
    except errors.CustomResourceError as error:
        return CheckResult(what, str(error))
    return CheckResult(what, "this project has no such workflow; create it, or mend [routes] route")


def _bridges(project: Project) -> CheckResult:
    try:
        found = seen_bridges(project.zaqar)
    except errors.CustomResourceError as error:
        return CheckResult("bridges", warning=f"it is not known whether one is there: {error}")
    if not found:
        return CheckResult("bridges", warning=_NO_BRIDGE)
    hosts = dict.fromkeys(printable(bridge.said.host) for bridge in found)
    return CheckResult("bridges", note=f"{len(found)}, on {', '.join(hosts)}")
