"""When a response counts as settled: committed, gone, or not yet."""

from collections.abc import Sequence

import pytest

from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.gateway.settle import SettleOutcome, Settler
from customresource_bridge.protocol import Identity, Secret, Status
from customresource_bridge.protocol.answers.reader import HandlerAnswer

IDENTITY = Identity(stack_id="s", request_id="r", logical_resource_id="l")
RESPONSE = HandlerAnswer(status=Status.SUCCESS, identity=IDENTITY)
URL = Secret("http://heat/v1/waitcondition/x")
DROPPED = Signalled(outcome=Outcome.DROPPED)
ACCEPTED = Signalled(outcome=Outcome.ACCEPTED, status=200)


class Script:
    """Answers as it was told, and counts."""

    def __init__(self, answers: Sequence[Signalled], *, heat: bool = True, keystone: bool = True) -> None:
        self.answers = list(answers)
        self.heat = heat
        self.keystone = keystone

    def put(self, _url: Secret, _body: bytes) -> Signalled:
        return self.answers.pop(0)

    def heat_lives(self, _url: Secret) -> bool:
        return self.heat

    def keystone_lives(self, _auth_url: str) -> bool:
        return self.keystone


def settled(script: Script, auth_url: str | None = "http://keystone") -> SettleOutcome:
    return Settler(signal=script, auth_url=auth_url).settle(URL, RESPONSE)[0]


def answered(status: int, detail: str = "") -> Signalled:
    return Signalled(outcome=Outcome.ANSWERED, status=status, detail=detail)


def test_heat_s_2xx_commits() -> None:
    assert settled(Script([ACCEPTED])) is SettleOutcome.COMMITTED


def test_dropped_twice_while_all_is_well_means_gone() -> None:
    assert settled(Script([DROPPED, DROPPED])) is SettleOutcome.GONE


def test_dropped_once_and_then_taken_is_committed() -> None:
    assert settled(Script([DROPPED, ACCEPTED])) is SettleOutcome.COMMITTED


@pytest.mark.parametrize(("heat", "keystone"), [(False, True), (True, False), (False, False)])
def test_dropped_while_a_service_is_unwell_proves_nothing(heat: bool, keystone: bool) -> None:
    assert settled(Script([DROPPED], heat=heat, keystone=keystone)) is SettleOutcome.NOT_YET


def test_without_keystone_s_url_a_dropped_connection_proves_nothing() -> None:
    assert settled(Script([DROPPED]), auth_url=None) is SettleOutcome.NOT_YET


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answered(404), SettleOutcome.GONE),
        (answered(400, "The Stack (x) could not be found."), SettleOutcome.GONE),
        (answered(403, "<Code>InvalidClientTokenId</Code>"), SettleOutcome.GONE),
        (answered(400, "Malformed"), SettleOutcome.REFUSED),
        (answered(403, "AccessDenied"), SettleOutcome.NOT_YET),
        (answered(302), SettleOutcome.NOT_YET),
        (answered(500, "could not be found"), SettleOutcome.NOT_YET),
        (answered(502), SettleOutcome.NOT_YET),
        (answered(503), SettleOutcome.NOT_YET),
        (Signalled(outcome=Outcome.UNREACHABLE), SettleOutcome.NOT_YET),
    ],
)
def test_other_answers(answer: Signalled, expected: SettleOutcome) -> None:
    assert settled(Script([answer])) is expected


def test_a_refusal_is_told_in_the_plugin_s_own_sentence() -> None:
    detail = (
        "<ErrorResponse><Error><Message>A bad or out-of-range value was supplied:Status is &#39;X&#39;: send SUCCESS "
        "or FAILED\nTraceback (most recent call last):\n File x</Message></Error></ErrorResponse>"
    )
    settler = Settler(signal=Script([answered(400, detail)]))
    assert settler.settle(URL, RESPONSE) == (SettleOutcome.REFUSED, "Status is 'X': send SUCCESS or FAILED")
