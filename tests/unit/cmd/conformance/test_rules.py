"""What the rules say of what a handler did, by PUT or by the value that it returned."""

import json
from typing import Any

import golden
import pytest

from customresource_bridge.cmd.conformance.exchange import Exchange, Put
from customresource_bridge.cmd.conformance.rules import RULES, Verdict, judge_all
from customresource_bridge.provider.ending import Broke, Returned

REQUEST = golden.request("create")
IDS = {
    "StackId": REQUEST.stack_id,
    "RequestId": REQUEST.request_id,
    "LogicalResourceId": REQUEST.logical_resource_id,
}
GOOD = {**IDS, "Status": "SUCCESS", "PhysicalResourceId": "thing", "Data": {"A": "1"}}


def put(body: Any, status: int = 200, method: str = "PUT") -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    outcome = {"Status": "SUCCESS", "PhysicalResourceId": "thing"} if status == 200 else None
    sent = Put(method=method, raw=raw, status=status, text="told")
    return Exchange(step="Create", request=REQUEST, puts=[sent], outcome=outcome, ending=Returned(None))


def returned(value: Any) -> Exchange:
    return Exchange(
        step="Create", request=REQUEST, ending=Returned(value), outcome={"Status": "SUCCESS"}, returned=True
    )


def verdict(rule: str, *exchanges: Exchange) -> tuple[Verdict, str]:
    found = next(finding for finding in judge_all(exchanges) if finding.rule == rule)
    return found.verdict, found.detail


def test_a_good_answer_keeps_every_rule_that_saw_something() -> None:
    assert {finding.verdict for finding in judge_all([put(GOOD)])} == {Verdict.KEPT, Verdict.NOT_SEEN}


@pytest.mark.parametrize("answered", [put, returned])
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"PhysicalResourceID": "thing"}, "PhysicalResourceID is taken for PhysicalResourceId"),
        ({"physicalResourceId": "thing"}, "physicalResourceId is taken for PhysicalResourceId"),
        ({"PhysicalResouceId": "thing"}, "PhysicalResouceId is not read, PhysicalResourceId is"),
        ({"Reasn": "x"}, "Reasn is not read, Reason is"),
        ({"Status": "Success"}, "Status 'Success' is taken for SUCCESS"),
        ({"PhysicalResourceId": 7}, "PhysicalResourceId is a number"),
    ],
)
def test_what_is_spelt_otherwise_is_advice_put_or_returned(answered: Any, changed: dict[str, Any], said: str) -> None:
    without_id = {key: value for key, value in GOOD.items() if key != "PhysicalResourceId"}
    judged, detail = verdict("spelling", answered({**without_id, **changed}))
    assert (judged, said in detail) == (Verdict.ADVICE, True)


@pytest.mark.parametrize(
    ("rule", "value", "judged"),
    [
        ("valid", {"Status": "SUCCESS", "Data": "text"}, Verdict.BROKEN),
        ("valid", {"Status": "SUCCESS"}, Verdict.KEPT),
        ("reason", {"Status": "FAILED"}, Verdict.ADVICE),
        ("reason", {"Status": "failure", "Reason": "no"}, Verdict.KEPT),
        ("gives-id", {"Data": {}}, Verdict.ADVICE),
        ("gives-id", {"PhysicalResourceID": "thing"}, Verdict.KEPT),
        ("copies-ids", {"Status": "SUCCESS"}, Verdict.NOT_SEEN),
    ],
)
def test_a_returned_value_is_judged_as_a_body_is(rule: str, value: dict[str, Any], judged: Verdict) -> None:
    assert verdict(rule, returned(value))[0] is judged


def test_what_is_no_answer_is_none() -> None:
    exchange = Exchange(step="Create", request=REQUEST, ending=Broke("The handler raised ValueError: no"))
    assert verdict("answers", exchange) == (Verdict.BROKEN, "Create: The handler raised ValueError: no")
    assert verdict("spelling", exchange)[0] is Verdict.NOT_SEEN
    assert exchange.said() == []


def test_a_refused_put_and_another_method_are_broken() -> None:
    assert verdict("valid", put(b"{", status=400)) == (Verdict.BROKEN, "Create: told")
    assert verdict("put", put(GOOD, method="POST")) == (Verdict.BROKEN, "Create: POST")


def test_each_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
