"""An answer is put until it is taken, refused for good, or too late."""

import logging
from datetime import timedelta
from threading import Event

import pytest

from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import Response, Secret
from customresource_bridge.provider.queue.delivery import DeliveryEnd, deliver, pause_before_next, put_once
from customresource_bridge.testing import a_request

REQUEST = a_request("Create")
FAILED = Response.failed(REQUEST.identity, "no quota")


class Gateway:
    """Answers as told; a minute passes with each attempt."""

    def __init__(self, *outcomes: PutOutcome) -> None:
        self.outcomes = list(outcomes)
        self.now = REQUEST.extras.deadline - timedelta(minutes=3, seconds=30)

    def allowed(self, _url: Secret) -> bool:
        return True

    def put(self, _url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        assert b"no quota" in body
        assert attempt >= 0
        self.now += timedelta(minutes=1)
        return self.outcomes.pop(0), "told so"

    def ended(self, *, stop: bool = False) -> DeliveryEnd:
        class Stop(Event):
            def wait(self, timeout: float | None = None) -> bool:
                assert timeout
                return stop

        return deliver(REQUEST, FAILED, answers=self, clock=lambda: self.now, stop=Stop())


RETRY = PutOutcome.RETRY


@pytest.mark.parametrize(
    ("outcomes", "end", "left"),
    [
        ([PutOutcome.ACCEPTED], DeliveryEnd.OVER, 0),
        ([RETRY, PutOutcome.SLOW, PutOutcome.ACCEPTED], DeliveryEnd.OVER, 0),
        ([PutOutcome.REFUSED, RETRY], DeliveryEnd.REFUSED, 1),
        ([RETRY, RETRY, RETRY, RETRY, RETRY], DeliveryEnd.OVER, 1),
    ],
)
def test_an_answer_has_one_of_three_ends(outcomes: list[PutOutcome], end: DeliveryEnd, left: int) -> None:
    gateway = Gateway(*outcomes)
    assert gateway.ended() is end
    assert len(gateway.outcomes) == left


def test_a_provider_that_ends_breaks_it_off() -> None:
    assert Gateway(RETRY, RETRY).ended(stop=True) is DeliveryEnd.BROKEN_OFF


@pytest.mark.parametrize(("outcome", "end"), [(RETRY, DeliveryEnd.NOT_TAKEN), (PutOutcome.SLOW, DeliveryEnd.SLOW)])
def test_once_is_once(outcome: PutOutcome, end: DeliveryEnd) -> None:
    gateway = Gateway(outcome, PutOutcome.ACCEPTED)
    assert put_once(REQUEST, FAILED, answers=gateway, clock=lambda: gateway.now) is end
    assert len(gateway.outcomes) == 1


@pytest.mark.parametrize(("left", "pause"), [(3600.0, 30.0), (20.0, 10.0), (3.0, 1.5), (0.5, 1.0), (-5.0, 1.0)])
def test_the_nearer_the_deadline_the_sooner_it_is_put_again(left: float, pause: float) -> None:
    assert pause_before_next(left) == pause


def test_each_line_names_the_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Gateway(RETRY, PutOutcome.ACCEPTED).ended()
    assert len(caplog.records) == 2
    assert all(REQUEST.request_id in text for text in caplog.messages)
    assert "FAILED was taken, unless the handler had PUT its own answer" in caplog.text
