"""The gateway's own server in the open: what can be read in two ways is refused, and no crowd keeps others waiting.

A crowd has a hundred clients here, and a thousand with ``make attack``.
"""

import os
from collections.abc import Iterable, Sequence

from functional.attack.cases import CASES
from functional.attack.crowds import KINDS
from functional.attack.measure import Trial, beside
from functional.attack.wire import play, wrong
from functional.gateway.running import Running

CLIENTS = int(os.environ.get("CRB_ATTACK_CLIENTS", "100"))
SETTLE = CLIENTS / 300
"""Seconds that a crowd has to come."""
BOUNDS = (1, 2) if "CRB_ATTACK_CLIENTS" in os.environ else (5, 8)
"""Seconds that /healthz and an answer may take. A client that held others up would do so for ten, or for good: where
other tests run beside this one, the bounds leave room for these."""
CROWDED = ("127.0.0.2",)
EVERYWHERE = tuple(f"127.0.1.{number}" for number in range(1, 251))


def test_what_http_allows_is_taken_and_what_can_be_read_in_two_ways_is_refused(attacked: Running) -> None:
    played = play(attacked, CASES)
    found = {case.name: wrong(case, played[case.name]) for case in CASES}
    assert {name: text for name, text in found.items() if text} == {}


def test_no_crowd_at_one_address_keeps_others_waiting(attacked: Running) -> None:
    assert slow(attacked, KINDS, CROWDED) == {}


def test_no_crowd_from_everywhere_keeps_others_waiting(attacked: Running) -> None:
    assert slow(attacked, list(KINDS)[::3], EVERYWHERE) == {}


def slow(gateway: Running, kinds: Iterable[str], sources: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the crowds beside which /healthz or a genuine answer took too long, and how long they took."""
    found = {kind: beside(gateway, Trial(kind, CLIENTS, sources, settle=SETTLE)) for kind in kinds}
    return {kind: took for kind, took in found.items() if took[0] > BOUNDS[0] or took[1] > BOUNDS[1]}
