"""The contract's rules, each one a question to what a handler did. Pure.

A value that was returned is judged as a body that was PUT, but for the ids, which only a body has to copy. A rule is
*broken* where a stack would fail, hang or lose something; it is *advice* where the handler works here and would not, or
not well, elsewhere.
"""

import difflib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from customresource_bridge.cmd.conformance.exchange import Exchange, Put
from customresource_bridge.compat import StrEnum
from customresource_bridge.protocol import Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.answers.spelling import FIELDS, field_of
from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.response import read_returned

_AWS_LIMIT = 4096


class Verdict(StrEnum):
    """What a rule says of a handler."""

    KEPT = "kept"
    BROKEN = "broken"
    ADVICE = "advice"
    NOT_SEEN = "not seen"
    """The handler did nothing that this rule speaks of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict, and what led to it."""

    rule: str
    text: str
    verdict: Verdict
    detail: str = ""


Problems = Iterable[str]
Check = Callable[[Sequence[Exchange]], Problems | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    :ivar check: returns what is wrong, nothing where all is well, or None where there was nothing to see.
    :ivar worst: what a problem amounts to.
    :ivar on_the_wire: whether it speaks of how an answer is sent, or of what AWS makes of it. A workflow's is sent by
        the bridge, and AWS has none.
    """

    name: str
    text: str
    check: Check
    worst: Verdict = Verdict.BROKEN
    on_the_wire: bool = False

    def judge(self, exchanges: Sequence[Exchange]) -> Finding:
        """Return this rule's verdict."""
        problems = self.check(exchanges)
        if problems is None:
            return Finding(self.name, self.text, Verdict.NOT_SEEN)
        found = list(dict.fromkeys(problems))
        verdict = self.worst if found else Verdict.KEPT
        return Finding(self.name, self.text, verdict, "; ".join(found[:4]))


def judge_all(exchanges: Sequence[Exchange], *, is_workflow: bool = False) -> list[Finding]:
    """Return the verdict of every rule that speaks of such a handler, in the rules' order."""
    return [rule.judge(exchanges) for rule in RULES if not (is_workflow and rule.on_the_wire)]


def _answered(exchanges: Sequence[Exchange]) -> Problems:
    for exchange in exchanges:
        if exchange.outcome is None and not _met_by_503(exchange):
            reason = exchange.ending.reason if isinstance(exchange.ending, Broke) else "no answer"
            yield f"{exchange.step}: {reason}"


def _ends(exchanges: Sequence[Exchange]) -> Problems | None:
    answered = [exchange for exchange in exchanges if exchange.outcome is not None]
    if not answered:
        return None
    return [f"{item.step}: {item.ending.reason}" for item in answered if isinstance(item.ending, Broke)]


def _valid(exchanges: Sequence[Exchange]) -> Problems | None:
    if not any(exchange.puts or exchange.said() for exchange in exchanges):
        return None
    put = [f"{exchange.step}: {put.text}" for exchange, put in _puts(exchanges) if 400 <= put.status < 500]  # noqa: PLR2004 - HTTP's 4xx
    return [
        *put,
        *(f"{exchange.step}: {answer.problem}" for exchange, answer in _returned(exchanges) if answer.problems),
    ]


def _method(exchanges: Sequence[Exchange]) -> Problems | None:
    if not any(exchange.puts for exchange in exchanges):
        return None
    return [f"{exchange.step}: {put.method}" for exchange, put in _puts(exchanges) if put.method != "PUT"]


def _succeeds(*steps: str) -> Check:
    def check(exchanges: Sequence[Exchange]) -> Problems | None:
        seen = [exchange for exchange in exchanges if exchange.step in steps and exchange.outcome is not None]
        if not seen:
            return None
        return [
            f"{exchange.step}: {exchange.outcome.get('Reason')}"
            for exchange in seen
            if exchange.outcome is not None and exchange.outcome["Status"] != "SUCCESS"
        ]

    return check


def _after_failure(exchanges: Sequence[Exchange]) -> Problems | None:
    creates = [item for item in exchanges if item.step == "Create that is to fail"]
    if not creates:
        return None
    took = [item for item in creates if item.outcome is not None and item.outcome["Status"] == "SUCCESS"]
    problems = _succeeds("Delete after it")(exchanges) or ()
    return [*(f"{item.step}: it did not, give other --refused-properties" for item in took), *problems]


def _ids(exchanges: Sequence[Exchange]) -> Problems | None:
    bodies = list(_bodies(exchanges))
    if not bodies:
        return None
    return [
        f"{exchange.step}: {name} is missing"
        for exchange, body in bodies
        for name in ("StackId", "RequestId", "LogicalResourceId")
        if not body.get(name)
    ]


def _reason(exchanges: Sequence[Exchange]) -> Problems | None:
    failed = [(exchange, answer) for exchange, answer in _said(exchanges) if answer.status is Status.FAILED]
    if not failed:
        return None
    return [f"{exchange.step}: FAILED without a Reason" for exchange, answer in failed if not answer.reason]


def _physical_id(exchanges: Sequence[Exchange]) -> Problems | None:
    said = list(_said(exchanges))
    if not said:
        return None
    return [f"{exchange.step}: none given" for exchange, answer in said if answer.physical_resource_id is None]


def _spelling(exchanges: Sequence[Exchange]) -> Problems | None:
    said = list(_said(exchanges))
    if not said:
        return None
    taken = [f"{exchange.step}: {advice}" for exchange, answer in said for advice in answer.advice]
    return [*taken, *(f"{exchange.step}: {key}" for exchange in exchanges for key in _misspelt(exchange))]


def _misspelt(exchange: Exchange) -> Iterable[str]:
    for source in exchange.objects():
        for key in source:
            near = difflib.get_close_matches(str(key), FIELDS, n=1, cutoff=0.8)
            if near and field_of(key) is None:
                yield f"{key} is not read, {near[0]} is"


def _same_again(exchanges: Sequence[Exchange]) -> Problems | None:
    # Not the outcomes: a 503 is played, and what comes after it says nothing of the handler's own idempotence.
    said = [
        (first.step, first.first_said(), again.first_said())
        for first, again in itertools.pairwise(exchanges)
        if first.request.request_id == again.request.request_id
    ]
    pairs = [(step, first, again) for step, first, again in said if first and again]
    if not pairs:
        return None
    return [
        f"{step}: {name} is another the second time"
        for step, first, again in pairs
        for name in ("Status", "PhysicalResourceId")
        if first.get(name) != again.get(name)
    ]


def _id_of_its_own(exchanges: Sequence[Exchange]) -> Problems | None:
    named = [(exchange, exchange.outcome.get("PhysicalResourceId")) for exchange in exchanges if exchange.outcome]
    if not any(name for _, name in named):
        return None
    return [
        f"{exchange.step}: it contains the RequestId, so each request makes another"
        for exchange, name in named
        if exchange.step.startswith("Update") and exchange.request.request_id in str(name)
    ]


def _delete_keeps_id(exchanges: Sequence[Exchange]) -> Problems | None:
    deletes = [item for item in exchanges if item.step.startswith("Delete") and item.outcome]
    if not deletes:
        return None
    return [
        f"{item.step}: {item.outcome['PhysicalResourceId']} in place of {item.request.physical_resource_id}"
        for item in deletes
        if item.outcome and item.outcome.get("PhysicalResourceId") not in (None, item.request.physical_resource_id)
    ]


def _comes_back(exchanges: Sequence[Exchange]) -> Problems | None:
    met = [exchange for exchange in exchanges if _met_by_503(exchange)]
    if not met:
        return None
    return [f"{item.step}: {problem}" for item in met if (problem := _lost_by_503(item))]


def _lost_by_503(exchange: Exchange) -> str:
    taken, meant = exchange.valid_puts(), exchange.first_said() or {}
    if not taken:
        return "the answer was not sent again"
    status = taken[0].get("Status")
    return "" if status == meant.get("Status") else f"{status} was sent in place of {meant.get('Status')}"


def _met_by_503(exchange: Exchange) -> bool:
    return any(put.status == 503 for put in exchange.puts)  # noqa: PLR2004 - what is played is exactly this


def _small(exchanges: Sequence[Exchange]) -> Problems | None:
    if not any(exchange.puts for exchange in exchanges):
        return None
    return [f"{exchange.step}: {len(put.raw)} bytes" for exchange, put in _puts(exchanges) if len(put.raw) > _AWS_LIMIT]


def _flat(exchanges: Sequence[Exchange]) -> Problems | None:
    with_data = [item for item in exchanges if item.outcome and item.outcome.get("Data")]
    if not with_data:
        return None
    return [
        f"{item.step}: {key} is no scalar"
        for item in with_data
        for key, value in (item.outcome or {}).get("Data", {}).items()
        if isinstance(value, dict | list)
    ]


def _puts(exchanges: Sequence[Exchange]) -> Iterable[tuple[Exchange, Put]]:
    return ((exchange, put) for exchange in exchanges for put in exchange.puts)


def _said(exchanges: Sequence[Exchange]) -> Iterable[tuple[Exchange, HandlerAnswer]]:
    return ((exchange, answer) for exchange in exchanges for answer in exchange.said())


def _returned(exchanges: Sequence[Exchange]) -> Iterable[tuple[Exchange, HandlerAnswer]]:
    for exchange in exchanges:
        answer = read_returned(exchange.ending, exchange.request) if isinstance(exchange.ending, Returned) else None
        if answer is not None:
            yield exchange, answer


def _bodies(exchanges: Sequence[Exchange]) -> Iterable[tuple[Exchange, dict[str, Any]]]:
    for exchange, put in _puts(exchanges):
        body = put.body()
        if body is not None:
            yield exchange, body


ADVICE = Verdict.ADVICE
RULES = (
    Rule("answers", "Every request gets an answer in time", _answered),
    Rule("put", "The answer is a PUT to ResponseURL", _method, on_the_wire=True),
    Rule("valid", "The answer is one whole JSON object with the contract's fields, and its own request's ids", _valid),
    Rule("create", "Create succeeds", _succeeds("Create")),
    Rule("update", "Update succeeds", _succeeds("Update")),
    Rule("rollback", "An Update with old and new properties swapped succeeds", _succeeds("Update, rolled back")),
    Rule("delete", "Delete succeeds", _succeeds("Delete", "Delete of what was replaced")),
    Rule("delete-again", "Delete of what is gone already succeeds", _succeeds("Delete, delivered again")),
    Rule(
        "delete-never-made",
        "Delete of what was never made succeeds, as after a failed Create",
        _succeeds("Delete of what was never made"),
    ),
    Rule("delete-after-failure", "Delete after a Create that failed succeeds, with its properties", _after_failure),
    Rule("same-again", "The same request delivered twice gives the same answer", _same_again),
    Rule("own-id", "PhysicalResourceId does not change with every request", _id_of_its_own),
    Rule("delete-keeps-id", "Delete keeps the PhysicalResourceId it was given", _delete_keeps_id, ADVICE, True),
    Rule("comes-back", "An answer met by 503 is sent again", _comes_back, ADVICE, True),
    Rule("ends", "It ends without an error once it has answered (AWS runs it again)", _ends, ADVICE, True),
    Rule(
        "gives-id",
        "PhysicalResourceId is given (one is derived here; AWS fails)",
        _physical_id,
        ADVICE,
        on_the_wire=True,
    ),
    Rule(
        "spelling",
        "Fields and Status are spelt as CloudFormation spells them (AWS reads no other)",
        _spelling,
        ADVICE,
        True,
    ),
    Rule(
        "copies-ids",
        "StackId, RequestId and LogicalResourceId are copied (AWS needs them)",
        _ids,
        ADVICE,
        on_the_wire=True,
    ),
    Rule("reason", "FAILED has a Reason (AWS hangs without)", _reason, ADVICE, True),
    Rule("small", "The answer has at most 4096 bytes (AWS's limit)", _small, ADVICE, True),
    Rule("flat-data", "Data holds scalars only (AWS reads no nested values)", _flat, ADVICE, True),
)
