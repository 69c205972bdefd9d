import logging
from collections.abc import Iterable
from threading import Event
from typing import Any

import pytest
from bridge_parts import HEARTBEAT, Time, entry

from customresource_bridge import errors
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.heartbeats import Heartbeats
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging.heartbeat import Heartbeat
from customresource_bridge.testing import FakeZaqar


class OtherZaqar:
    """A Zaqar that does as it is told at each post."""

    def __init__(self, *does: Any) -> None:
        self.does = list(does)
        self.posted: list[Heartbeat] = []

    def post(self, queue: str, body: Any, *, ttl: int) -> None:
        assert (queue, ttl) == (ids.BRIDGE_QUEUE, 90)
        problem = self.does.pop(0) if self.does else None
        if problem:
            raise problem
        self.posted.append(Heartbeat.parse(body))


def heartbeats(zaqar: Any, time: Time, entries: Iterable[InFlight] = ()) -> Heartbeats:
    return Heartbeats(zaqar, HEARTBEAT, entries=lambda: entries, clock=time.clock)


def test_each_says_how_many_requests_are_in_flight_and_since_when(time: Time) -> None:
    zaqar = OtherZaqar()
    heartbeats(zaqar, time).beat()
    time.seconds = 61.5
    heartbeats(zaqar, time, [entry("r1"), entry("r2")]).beat()
    assert [(said.in_flight, said.oldest, said.stopped) for said in zaqar.posted] == [(0, None, False), (2, 61, False)]


def test_nothing_of_a_request_but_its_age_is_said(time: Time) -> None:
    zaqar = FakeZaqar(time.clock.monotonic)
    heartbeats(zaqar, time, [entry("r1")]).beat()
    (message,) = zaqar.messages(ids.BRIDGE_QUEUE)
    assert set(message.body) == set(HEARTBEAT.to_dict())
    assert "token-of-mine" not in str(message.body)


@pytest.mark.parametrize("problem", [errors.ServiceUnavailable("Zaqar", "post", "no"), RuntimeError("a mistake")])
def test_one_that_is_not_posted_disturbs_nothing_and_the_next_one_is(
    problem: Exception, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    zaqar = OtherZaqar(problem)
    beating = heartbeats(zaqar, time)
    beating.beat()
    beating.beat()
    assert len(zaqar.posted) == 1
    loud = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert bool(loud) is isinstance(problem, RuntimeError)


def test_the_first_comes_at_once_and_the_last_says_that_it_stopped(time: Time) -> None:
    begun = Event()

    class Noticed(OtherZaqar):
        def post(self, queue: str, body: Any, *, ttl: int) -> None:
            super().post(queue, body, ttl=ttl)
            begun.set()

    zaqar = Noticed()
    beating = heartbeats(zaqar, time)
    beating.start()
    assert begun.wait(10)
    beating.stop()
    assert [said.stopped for said in zaqar.posted] == [False, True]


def test_a_slow_zaqar_does_not_hold_up_the_end(time: Time) -> None:
    answers = Event()

    class Slow(OtherZaqar):
        def post(self, queue: str, body: Any, *, ttl: int) -> None:
            answers.wait(10)
            super().post(queue, body, ttl=ttl)

    beating = Heartbeats(Slow(), HEARTBEAT, entries=list, clock=time.clock, patience=0.01)  # type: ignore[arg-type]
    beating.start()
    beating.stop()
    assert not answers.is_set()
    answers.set()


def test_one_that_never_began_may_be_stopped(time: Time) -> None:
    zaqar = OtherZaqar()
    heartbeats(zaqar, time).stop()
    assert zaqar.posted == []
