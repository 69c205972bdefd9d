"""Shows what a check found: as lines for a person, or as JSON. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from customresource_bridge.cmd.conformance.exchange import Exchange
from customresource_bridge.cmd.conformance.rules import Finding, Verdict
from customresource_bridge.protocol.printing import one_line

_MARKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.KEPT: ("ok", "32"),
    Verdict.BROKEN: ("BROKEN", "31;1"),
    Verdict.ADVICE: ("advice", "33"),
    Verdict.NOT_SEEN: ("-", "2"),
}
_WIDTH = 8


def line_for(exchange: Exchange, *, colours: bool) -> str:
    """Return one line about one delivery."""
    outcome = exchange.outcome or {}
    status = outcome.get("Status", "no answer")
    how = "by its return value" if exchange.returned else f"by {len(exchange.puts)} PUT"
    name = one_line(outcome.get("PhysicalResourceId") or "")
    colour = {"SUCCESS": "32", "FAILED": "33"}.get(status, "31;1")
    return (
        f"  {exchange.step:<30} {_coloured(status, colour, colours)}  {exchange.seconds:.2f} s, {how}  {name}".rstrip()
    )


def text_report(findings: Sequence[Finding], *, colours: bool) -> str:
    """Return the verdict on every rule, and the sum."""
    lines = []
    for finding in findings:
        mark, colour = _MARKS[finding.verdict]
        lines.append(f"  {_coloured(f'{mark:<{_WIDTH}}', colour, colours)} {finding.text}")
        if finding.detail:
            lines.append(f"  {'':<{_WIDTH}} {_coloured(one_line(finding.detail), colour, colours)}")
    return "\n".join([*lines, "", summary(findings)])


def summary(findings: Sequence[Finding]) -> str:
    """Return the sum in one line."""
    count = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    verdict = "This handler keeps the contract" if not count[Verdict.BROKEN] else "This handler breaks the contract"
    return f"{verdict}: {count[Verdict.KEPT]} kept, {count[Verdict.BROKEN]} broken, {count[Verdict.ADVICE]} advice"


def json_report(findings: Sequence[Finding], exchanges: Sequence[Exchange]) -> dict[str, Any]:
    """Return everything as one JSON object."""
    return {
        "conforms": all(finding.verdict is not Verdict.BROKEN for finding in findings),
        "rules": [
            {"rule": item.rule, "text": item.text, "verdict": str(item.verdict), "detail": item.detail}
            for item in findings
        ],
        "exchanges": [
            {
                "step": item.step,
                "request_type": str(item.request.request_type),
                "seconds": round(item.seconds, 3),
                "status": (item.outcome or {}).get("Status"),
                "physical_resource_id": (item.outcome or {}).get("PhysicalResourceId"),
                "reason": (item.outcome or {}).get("Reason"),
                "puts": [put.status for put in item.puts],
                "returned": item.returned,
            }
            for item in exchanges
        ],
    }


def _coloured(text: str, colour: str, colours: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if colours else text
