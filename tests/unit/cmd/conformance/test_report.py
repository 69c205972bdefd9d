from typing import Any

import pytest

from customresource_bridge.cmd.conformance.exchange import Exchange, Put
from customresource_bridge.cmd.conformance.report import json_report, line_for, summary, text_report
from customresource_bridge.cmd.conformance.rules import Finding, Verdict
from customresource_bridge.testing import a_request


def exchange(**changes: Any) -> Exchange:
    return Exchange(step="Create", request=a_request(), seconds=0.256, **changes)


def finding(verdict: Verdict, detail: str = "") -> Finding:
    return Finding(rule="own-id", text="It keeps its id", verdict=verdict, detail=detail)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "no answer  0.26 s, by 0 PUT"),
        (
            {"outcome": {"Status": "SUCCESS", "PhysicalResourceId": "a"}, "returned": True},
            "SUCCESS  0.26 s, by its return value  a",
        ),
        ({"outcome": {"Status": "FAILED", "PhysicalResourceId": "\x1b[2J"}}, "FAILED  0.26 s, by 0 PUT  ?[2J"),
    ],
)
def test_a_delivery_is_one_line(changes: dict[str, Any], said: str) -> None:
    line = line_for(exchange(**changes), colours=False)
    assert line.split(None, 1) == ["Create", said]
    assert line.isprintable()


def test_colours_are_for_a_terminal_only() -> None:
    assert "\x1b[" in line_for(exchange(), colours=True)
    assert "\x1b[" in text_report([finding(Verdict.BROKEN)], colours=True)
    assert "\x1b[" not in text_report([finding(Verdict.BROKEN)], colours=False)


def test_each_rule_is_a_line_and_what_was_seen_another() -> None:
    lines = text_report(
        [finding(Verdict.KEPT), finding(Verdict.BROKEN, "it was a, then \x1b b")], colours=False
    ).splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["ok", "It", "keeps", "its", "id"],
        ["BROKEN", "It", "keeps", "its", "id"],
        ["it", "was", "a,", "then", "?", "b"],
    ]


@pytest.mark.parametrize(("verdict", "said"), [(Verdict.BROKEN, "breaks"), (Verdict.ADVICE, "keeps")])
def test_only_a_broken_rule_breaks_the_contract(verdict: Verdict, said: str) -> None:
    assert summary([finding(Verdict.KEPT), finding(verdict)]).startswith(f"This handler {said} the contract: 1 kept, ")
    assert json_report([finding(verdict)], [])["conforms"] is (said == "keeps")


def test_json_has_every_rule_and_every_delivery() -> None:
    one = exchange(outcome={"Status": "SUCCESS"}, puts=[Put(method="PUT", raw=b"{}", status=503, text="")])
    result = json_report([finding(Verdict.KEPT, "d")], [one])
    assert result["rules"] == [{"rule": "own-id", "text": "It keeps its id", "verdict": "kept", "detail": "d"}]
    (delivery,) = result["exchanges"]
    assert (delivery["step"], delivery["status"], delivery["puts"], delivery["seconds"]) == (
        "Create",
        "SUCCESS",
        [503],
        0.256,
    )
