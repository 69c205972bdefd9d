"""What becomes of responses: a request's own, and its predecessor's."""

import json
from dataclasses import replace
from typing import Any

import pytest
from bridge_parts import CREATE, Time, entry

from customresource_bridge import errors
from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.handling.delivery import Delivered, ResponseDelivery, Told
from customresource_bridge.bridge.in_flight import Hearing
from customresource_bridge.bridge.observability.events import ResponseOutcome
from customresource_bridge.bridge.project import Project
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.protocol import EarlierRequest, Response, Secret, Status

URL = Secret("https://heat/previous")
RESPONSE = Response(status=Status.SUCCESS, identity=CREATE.identity)
OF_PREVIOUS = replace(RESPONSE, identity=replace(CREATE.identity, request_id="r0"))
WITH_URL = replace(CREATE, extras=replace(CREATE.extras, previous_request_id="r0", previous_response_url=URL))


class World:
    """Heat and the ResponseURLs."""

    def __init__(self) -> None:
        self.time = Time()
        self.outcome = PutOutcome.RETRY
        self.stack: Any = True
        self.puts: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.attempts: list[int] = []
        project = Project(id="p", zaqar=None, mistral=None, heat=self, response_urls=self)  # type: ignore[arg-type]
        self.delivery = ResponseDelivery(project, clock=self.time.clock)

    def put(self, url: Secret, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        self.bodies.append(json.loads(body))
        self.attempts.append(attempt)
        self.puts.append(url.reveal())
        return self.outcome, "why"

    def stack_exists(self, _name: str, _uuid: str) -> bool:
        if isinstance(self.stack, Exception):
            raise self.stack
        return bool(self.stack)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("outcome", "stack", "late", "becomes"),
    [
        (PutOutcome.ACCEPTED, True, False, ResponseOutcome.ACCEPTED),
        (PutOutcome.REFUSED, True, False, ResponseOutcome.REFUSED),
        (PutOutcome.RETRY, True, False, None),
        (PutOutcome.RETRY, False, False, ResponseOutcome.GONE),
        (PutOutcome.RETRY, errors.ServiceUnavailable("Heat", "show", "away"), False, None),
        (PutOutcome.RETRY, True, True, ResponseOutcome.EXPIRED),
    ],
)
def test_a_response_is_accepted_refused_without_a_stack_or_sent_again_until_long_after_the_deadline(
    world: World, outcome: PutOutcome, stack: Any, late: bool, becomes: ResponseOutcome | None
) -> None:
    world.outcome, world.stack = outcome, stack
    one = entry()
    one.deadline = world.time.clock.now() + (-GIVE_UP if late else GIVE_UP)
    assert world.delivery.deliver(one, RESPONSE) == Delivered(becomes, "why")
    assert world.puts == ["https://heat/token-of-mine"]


@pytest.mark.parametrize(
    ("outcome", "stack", "hearing"),
    [
        (PutOutcome.ACCEPTED, True, Hearing.HEARD),
        (PutOutcome.REFUSED, True, Hearing.IN_VAIN),
        (PutOutcome.RETRY, True, Hearing.OPEN),
        (PutOutcome.RETRY, False, Hearing.IN_VAIN),
    ],
)
def test_a_predecessor_is_told_by_its_own_url(world: World, outcome: PutOutcome, stack: bool, hearing: Hearing) -> None:
    world.outcome, world.stack = outcome, stack
    assert world.delivery.tell(WITH_URL, OF_PREVIOUS) == Told(hearing)
    assert world.puts == ["https://heat/previous"]


def test_an_earlier_request_is_told_by_its_own_url(world: World) -> None:
    chain = (EarlierRequest(request_id="older", response_url=Secret("https://heat/older")),)
    request = replace(WITH_URL, extras=replace(WITH_URL.extras, earlier=chain))
    world.delivery.tell(request, replace(RESPONSE, identity=replace(CREATE.identity, request_id="older")))
    assert world.puts == ["https://heat/older"]


def test_a_predecessor_whose_url_is_not_known_cannot_be_told(world: World) -> None:
    assert world.delivery.tell(CREATE, RESPONSE) == Told(Hearing.IN_VAIN)
    assert world.puts == []


def test_a_response_that_is_not_answered_in_time_is_put_again_with_more_patience(
    world: World,
) -> None:
    world.outcome = PutOutcome.SLOW
    one = entry()
    one.deadline = world.time.clock.now() + GIVE_UP
    one.attempts = 3
    assert world.delivery.deliver(one, RESPONSE) == Delivered(None, "why", slow=True)
    assert world.attempts == [3]
    assert world.delivery.tell(WITH_URL, OF_PREVIOUS) == Told(Hearing.OPEN, slow=True)


@pytest.mark.parametrize("outcome", list(PutOutcome))
def test_a_report_is_no_outcome_and_is_sent_once_whatever_becomes_of_it(world: World, outcome: PutOutcome) -> None:
    world.outcome = outcome
    world.delivery.report(entry(CREATE.request_id), "it goes on")
    (body,) = world.bodies
    assert (body["Status"], body["RequestId"], body["Reason"]) == ("IN_PROGRESS", CREATE.request_id, "it goes on")
