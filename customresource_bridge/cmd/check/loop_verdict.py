"""Which hop of the loop did not happen, and what to do: from what was seen. Pure: each case is tried in a table.

The hops are judged in the order in which a request makes them, up to the first that is wrong: what comes after it is a
consequence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from customresource_bridge.cmd.check.loop_parts import PREFIX
from customresource_bridge.cmd.check.loop_seen import LoopSeen, MessageSeen
from customresource_bridge.cmd.check.result import CheckResult

PROMPT = 10.0
"""Seconds in which a bridge that hears its bell has the request."""
HEED = 20.0
"""Seconds after the workflow's end in which the answer is with Heat, or will hardly come any more."""
REFUSED = 3.0
"""Seconds after which an answer whose message is deleted, and that Heat does not have, was refused."""
_ALIKE = "transport_url, [oslo_messaging_notifications], rabbit_quorum_queue and bell_topic"
_BUS = f"its /readyz says whether it hears; {_ALIKE} have to be the same in heat.conf and in its own file"
_TENANT_BELL = "where an operator's serves the cloud too, heat.conf needs [custom_resource] tenant_bridges = true"
_EC2_HAS = "a login, cafile, an endpoint_override without /v3; before 2025.1 auth_uri and ca_file"
_EC2 = f"[ec2authtoken] in heat-api-cfn's heat.conf ({_EC2_HAS}), and its clock"
_CALLED = "loop: {}"

Judge = Callable[[LoopSeen, "LoopContext"], CheckResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopContext:
    """What is known beside the request itself.

    :ivar hosts: of the bridges that are seen in this project.
    :ivar trial: what came of a report that was PUT to the ResponseURL from here: empty where it was taken; None where
        none was tried.
    """

    hosts: Sequence[str] = ()
    trial: str | None = None


def is_over(seen: LoopSeen) -> bool:
    """Return whether nothing more is to be waited for."""
    if seen.last.ended or seen.last.set_aside:
        return True
    if seen.executed is None or seen.answered is not None:
        return False
    refused = seen.last.message is MessageSeen.NONE
    return seen.now - seen.executed > (REFUSED if refused else HEED)


def verdict(seen: LoopSeen, context: LoopContext) -> list[CheckResult]:
    """Return the hops up to the first that is wrong."""
    results: list[CheckResult] = []
    for judge in (_request, _clocks, _bell, _workflow, _execution, _answer, _heat):
        results.append(judge(seen, context))
        if results[-1].problem is not None:
            break
    return results


def _request(seen: LoopSeen, _context: LoopContext) -> CheckResult:
    what, last = _CALLED.format("request"), seen.last
    if seen.sent is not None:
        return CheckResult(what, note=f"sent after {seen.sent:.1f} s")
    if last.ended:
        return CheckResult(what, f"Heat did not send it: {last.reason}; heat-engine's log says more")
    if last.hindrance:
        return CheckResult(what, f"Heat cannot send it: {last.hindrance}; check that service as heat-engine reaches it")
    return CheckResult(what, f"Heat did not send it within {seen.now:.0f} s; check that heat-engine runs, and its log")


def _clocks(seen: LoopSeen, _context: LoopContext) -> CheckResult:
    what = _CALLED.format("clocks")
    if not seen.skews:
        return CheckResult(what)
    wrong = [_clock(service, int(skew.total_seconds())) for service, skew in seen.skews.items()]
    remedy = "deadlines are written by one and kept by the others; have NTP set the clocks of all hosts"
    return CheckResult(what, f"{', '.join(wrong)}; {remedy}")


def _clock(service: str, seconds: int) -> str:
    return f"{service}'s is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} Keystone's"


def _bell(seen: LoopSeen, context: LoopContext) -> CheckResult:
    what = _CALLED.format("bell")
    if seen.taken is None and seen.answered is None:
        return CheckResult(what, _untaken(seen, context))
    taken = (seen.answered or 0.0) if seen.taken is None else seen.taken
    waited = taken - (seen.sent or 0.0)
    if waited <= PROMPT:
        return CheckResult(what, note=f"heard, and the request taken, after {waited:.1f} s")
    late = f"a bridge took the request after {waited:.0f} s only: it heard no bell, and found it by a sweep"
    return CheckResult(what, f"{late}; {_BUS}; {_TENANT_BELL}")


def _untaken(seen: LoopSeen, context: LoopContext) -> str:
    waited = f"no bridge took the request within {seen.now - (seen.sent or 0.0):.0f} s"
    if context.hosts:
        there = f"though one of this project's runs on {', '.join(context.hosts)}"
        return f"{waited}, {there}: its /readyz and its log say why; {_TENANT_BELL}"
    return (
        f"{waited}, and none with this project's credentials is there: start one by customresource-bridge run; "
        f"where an operator's serves this project, that one does not run, or is deaf: {_BUS}"
    )


def _workflow(seen: LoopSeen, _context: LoopContext) -> CheckResult:
    what, last = _CALLED.format("workflow"), seen.last
    if seen.started is not None:
        return CheckResult(what, note=f"runs as execution {last.execution_id}")
    if last.set_aside:
        keys = "signature_keys and [response] allowed_bases of the bridge have to fit heat.conf"
        return CheckResult(what, f"the bridge set the request aside: {last.set_aside}; {keys}")
    if last.ended and last.status.endswith("_FAILED"):
        allow = f"where [security] allowed_workflows is set, it has to allow {PREFIX}*"
        return CheckResult(what, f"the bridge did not start it: {last.reason}; {allow}")
    if last.ended:
        return CheckResult(what, note="ended before it was seen")
    late = f"a bridge has the request, and started no workflow within {seen.now:.0f} s"
    return CheckResult(
        what, f"{late}: its log says why; check that it reaches Mistral, and for an operator's the trust"
    )


def _execution(seen: LoopSeen, _context: LoopContext) -> CheckResult:
    what, last = _CALLED.format("execution"), seen.last
    if seen.started is None or last.execution_state == "SUCCESS" or (last.ended and not last.execution_state):
        return CheckResult(what)
    if seen.executed is None:
        state = f"execution {last.execution_id} is still {last.execution_state or 'not seen to end'}"
        return CheckResult(what, f"{state}; check that mistral-engine and mistral-executor run and share a clock")
    info = f": {last.execution_info}" if last.execution_info else ""
    return CheckResult(what, f"a workflow that does nothing ended in {last.execution_state}{info}; ask Mistral's logs")


def _answer(seen: LoopSeen, context: LoopContext) -> CheckResult:
    what, last = _CALLED.format("answer"), seen.last
    if seen.answered is not None:
        return CheckResult(what, note=f"taken by Heat after {seen.answered:.1f} s")
    refused = last.message is MessageSeen.NONE
    did = "the bridge's answer was refused" if refused else "the bridge's answer does not arrive"
    if context.trial is None:
        remedy = f"the bridge's log has the status; check its [response] allowed_bases and ca_file, and {_EC2}"
        return CheckResult(what, f"{did}; {remedy}")
    if context.trial:
        return CheckResult(what, f"{did}; nor does Heat take a report from here: {context.trial}; {_remedy(context)}")
    remedy = "check [response] allowed_bases and ca_file on the bridge's host, and what lies between"
    return CheckResult(what, f"{did}, though Heat takes a report from here: the bridge's log has the status; {remedy}")


def _remedy(context: LoopContext) -> str:
    trial = context.trial or ""
    if "certificate" in trial:
        return "[response] ca_file has to name the CA of heat-api-cfn or the gateway"
    if "bases" in trial or "address" in trial:
        return "[response] allowed_bases has to cover the ResponseURLs that heat.conf makes"
    if "status 403" in trial or "status 401" in trial or "status 400" in trial:
        return f"check {_EC2}"
    if "ProtocolError" in trial:
        return f"it breaks the connection off: heat-api-cfn's log says why; check {_EC2}, and whether https is spoken"
    if "status" in trial:
        return f"check that the gateway reaches heat-api-cfn, and {_EC2}"
    return "check host and port of the ResponseURL in heat.conf, and that heat-api-cfn or the gateway listens there"


def _heat(seen: LoopSeen, _context: LoopContext) -> CheckResult:
    what, last = _CALLED.format("Heat"), seen.last
    if last.status.endswith("_COMPLETE") and last.ended:
        return CheckResult(what, note=f"{last.status} after {seen.now:.1f} s")
    if last.ended:
        return CheckResult(what, f"the resource is {last.status}: {last.reason}")
    return CheckResult(what, f"has the answer and does not go on within {seen.now:.0f} s; check that heat-engine runs")
