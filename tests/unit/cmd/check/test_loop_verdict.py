"""What was seen of the loop names the first hop that did not happen, and its remedy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from customresource_bridge.cmd.check.loop_seen import LoopLook, LoopSeen, MessageSeen
from customresource_bridge.cmd.check.loop_verdict import LoopContext, is_over, verdict

SENT = LoopSeen(now=60.0, sent=0.5, last=LoopLook(status="CREATE_IN_PROGRESS", message=MessageSeen.FREE, copies=1))
CLAIMED = replace(SENT, taken=1.0, last=replace(SENT.last, message=MessageSeen.CLAIMED))
RUNS = replace(CLAIMED, started=1.2, last=replace(CLAIMED.last, execution_id="e1", execution_state="RUNNING"))
EXECUTED = replace(RUNS, executed=1.5, last=replace(RUNS.last, execution_state="SUCCESS"))
REFUSED = replace(EXECUTED, last=replace(EXECUTED.last, message=MessageSeen.NONE))
ANSWERED = replace(REFUSED, answered=1.8, last=replace(REFUSED.last, answered=True))
DONE = replace(ANSWERED, now=2.0, last=replace(ANSWERED.last, status="CREATE_COMPLETE"))
FAILED = LoopSeen(now=3.0, sent=0.5, taken=1.0, answered=2.0, last=LoopLook(status="CREATE_FAILED", reason="may not"))
NONE = LoopContext()


def test_a_loop_that_is_closed_has_each_hop_well() -> None:
    results = verdict(DONE, NONE)
    assert [result.problem for result in results] == [None] * 7
    names = ["request", "clocks", "bell", "workflow", "execution", "answer", "Heat"]
    assert [result.what for result in results] == [f"loop: {name}" for name in names]
    assert results[-1].note == "CREATE_COMPLETE after 2.0 s"


def test_a_workflow_too_quick_to_be_seen_is_no_problem() -> None:
    quick = LoopSeen(now=1.0, sent=0.5, taken=1.0, answered=1.0, last=LoopLook(status="CREATE_COMPLETE"))
    assert [result.problem for result in verdict(quick, NONE)] == [None] * 7


@pytest.mark.parametrize(
    ("seen", "context", "hop", "said"),
    [
        (LoopSeen(now=60.0), NONE, "request", "within 60 s; check that heat-engine runs"),
        (LoopSeen(last=LoopLook(hindrance="Zaqar is away")), NONE, "request", "Heat cannot send it: Zaqar is away"),
        (
            LoopSeen(last=LoopLook(status="CREATE_FAILED", reason="no trust")),
            NONE,
            "request",
            "Heat did not send it: no trust",
        ),
        (
            replace(SENT, skews={"heat-engine": timedelta(seconds=300)}),
            NONE,
            "clocks",
            "heat-engine's is 300 s ahead of Keystone's; deadlines",
        ),
        (
            replace(DONE, skews={"Mistral": timedelta(seconds=-45)}),
            NONE,
            "clocks",
            "Mistral's is 45 s behind Keystone's",
        ),
        (SENT, NONE, "bell", "none with this project's credentials is there: start one by customresource-bridge run"),
        (SENT, NONE, "bell", "does not run, or is deaf"),
        (SENT, NONE, "bell", "rabbit_quorum_queue"),
        (SENT, LoopContext(hosts=["desk"]), "bell", "though one of this project's runs on desk"),
        (replace(DONE, taken=31.0), NONE, "bell", "it heard no bell, and found it by a sweep"),
        (CLAIMED, NONE, "workflow", "started no workflow within 60 s"),
        (
            replace(CLAIMED, last=LoopLook(set_aside="Signature: is wrong")),
            NONE,
            "workflow",
            "set the request aside: Signature: is wrong; signature_keys and [response] allowed_bases",
        ),
        (FAILED, NONE, "workflow", "may not; where [security] allowed_workflows is set, it has to allow custom"),
        (RUNS, NONE, "execution", "execution e1 is still RUNNING; check that mistral-engine"),
        (
            replace(EXECUTED, last=replace(EXECUTED.last, execution_state="ERROR", execution_info="no executor")),
            NONE,
            "execution",
            "ended in ERROR: no executor",
        ),
        (REFUSED, NONE, "answer", "the bridge's answer was refused; the bridge's log has the status"),
        (REFUSED, LoopContext(trial="status 403: User is not authorized"), "answer", "check [ec2authtoken] in heat"),
        (EXECUTED, LoopContext(trial="status 500: oops"), "answer", "the gateway reaches heat-api-cfn, and [ec2auth"),
        (EXECUTED, LoopContext(trial="its certificate is not trusted"), "answer", "ca_file has to name the CA"),
        (
            EXECUTED,
            LoopContext(trial="no answer (NewConnectionError)"),
            "answer",
            "check host and port of the Response",
        ),
        (EXECUTED, LoopContext(trial="it lies under none of the allowed bases"), "answer", "has to cover the Response"),
        (
            EXECUTED,
            LoopContext(trial="no answer (ProtocolError)"),
            "answer",
            "breaks the connection off: heat-api-cfn's",
        ),
        (EXECUTED, LoopContext(trial=""), "answer", "though Heat takes a report from here"),
        (ANSWERED, NONE, "Heat", "has the answer and does not go on within 60 s"),
        (
            replace(DONE, last=replace(DONE.last, status="CREATE_FAILED", reason="it broke")),
            NONE,
            "Heat",
            "the resource is CREATE_FAILED: it broke",
        ),
    ],
)
def test_the_first_hop_that_did_not_happen_is_named(seen: LoopSeen, context: LoopContext, hop: str, said: str) -> None:
    results = verdict(seen, context)
    assert [result.problem for result in results[:-1]] == [None] * (len(results) - 1)
    assert results[-1].what == f"loop: {hop}"
    assert said in str(results[-1].problem)


@pytest.mark.parametrize(
    ("seen", "over"),
    [
        (LoopSeen(), False),
        (SENT, False),
        (replace(EXECUTED, now=21.0), False),
        (replace(EXECUTED, now=22.0), True),
        (replace(REFUSED, now=4.5), False),
        (replace(REFUSED, now=5.0), True),
        (replace(ANSWERED, now=50.0), False),
        (replace(CLAIMED, last=LoopLook(set_aside="it cannot be read")), True),
        (DONE, True),
        (FAILED, True),
    ],
)
def test_it_is_over_when_nothing_more_is_to_come(seen: LoopSeen, *, over: bool) -> None:
    assert is_over(seen) is over
