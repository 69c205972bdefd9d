"""Is everything there that a bridge needs? Each service is asked something light, and nothing is changed."""

from collections.abc import Callable
from typing import Any

from customresource_bridge import errors
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.keystone.clock import CLOCK
from customresource_bridge.cmd import common
from customresource_bridge.cmd.check.result import CheckResult
from customresource_bridge.cmd.check.untaken import WHAT, untaken
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.messaging.heartbeat import TTL
from customresource_bridge.protocol.naming import printable
from customresource_bridge.visibility.bridges import seen_bridges
from customresource_bridge.visibility.reading import Readers, Selection, Which, list_requests

_NO_BRIDGE = (
    f"none with this project's credentials was seen in the last {TTL} seconds: start one by customresource-bridge run, "
    "unless an operator's serves this project; that one is seen in the operator's own project alone"
)


def check(conf: Any, session: Any) -> list[CheckResult]:
    """Return what is well and what is wrong, in the order in which to mend it; Keystone alone where that is wrong."""
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
    bridges = _bridges(project)
    requests = _untaken(common.readers(conf, session), listened=bridges.warning is None)
    return [*findings, *(workflows or [CheckResult("routes to workflows", note="none")]), bridges, requests]


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


def _untaken(readers: Readers, *, listened: bool) -> CheckResult:
    try:
        listing = list_requests(readers, Selection(which=Which.IN_FLIGHT))
    except errors.CustomResourceError as error:
        return CheckResult(WHAT, warning=f"whether there are any is not known: {error}")
    return untaken(listing, readers.now(), listened=listened)
