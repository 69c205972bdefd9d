"""One look at a request shows what each service says of it, and leaves out what one does not say."""

from datetime import timedelta
from typing import Any, cast

import pytest
from visibility_parts import NOW, PROJECT, STACK, SeenCloud, body, execution, resource

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import StackSummary
from customresource_bridge.clients.response_url import PutOutcome, ResponseURLs
from customresource_bridge.cmd.check.loop_parts import RESOURCE
from customresource_bridge.cmd.check.loop_seen import LoopLook, MessageSeen
from customresource_bridge.cmd.check.loop_watch import LoopReaders, LoopWatch
from customresource_bridge.protocol import Secret, ids

ASKED = body(RESOURCE)
QUEUE = ids.stack_queue(STACK)


class Answers:
    """Takes what is PUT, or says why not."""

    def __init__(self) -> None:
        self.put_bodies: list[bytes] = []
        self.outcome = (PutOutcome.ACCEPTED, "status 200: it gave no reason that can be read")

    def put(self, url: Secret, body: bytes) -> tuple[PutOutcome, str]:
        assert url.reveal() == ASKED["ResponseURL"]
        self.put_bodies.append(body)
        return self.outcome


class Watched:
    """A stack whose request is out."""

    def __init__(self) -> None:
        self.cloud = SeenCloud()
        self.cloud.stack("CREATE_IN_PROGRESS", resource(RESOURCE))
        self.answers = Answers()
        readers = self.cloud.readers
        self.watch = LoopWatch(
            LoopReaders(
                project_id=PROJECT,
                heat=readers.heat,
                mistral=readers.mistral,
                zaqar=readers.zaqar,
                response_urls=cast(ResponseURLs, self.answers),
            ),
            StackSummary(id=STACK, name="hello", status=""),
        )

    def says(self, **attribute: Any) -> None:
        self.cloud.heat.attributes[RESOURCE] = {"request": attribute}

    def post(self) -> None:
        self.cloud.zaqar.post(QUEUE, ASKED, ttl=300)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_request_that_is_not_sent_has_its_hindrance(watched: Watched) -> None:
    watched.says(request_id=ASKED["RequestId"], copies=0, problem="Zaqar did not store a message", stage="not sent")
    look = watched.watch.look()
    assert (look.copies, look.hindrance, look.message) == (0, "Zaqar did not store a message", MessageSeen.NONE)
    assert (look.status, look.changed_at) == ("CREATE_IN_PROGRESS", NOW - timedelta(seconds=60))


def test_a_message_is_free_until_a_bridge_claims_it(watched: Watched) -> None:
    watched.post()
    assert watched.watch.look().message is MessageSeen.FREE
    watched.cloud.zaqar.claim_one(QUEUE, ttl=60)
    assert watched.watch.look().message is MessageSeen.CLAIMED


def test_the_execution_is_found_by_the_request_that_the_message_names(watched: Watched) -> None:
    watched.cloud.mistral.made.append(execution(ASKED, "ERROR", state_info="no\nexecutor"))
    assert watched.watch.look().execution_id == ""
    watched.post()
    look = watched.watch.look()
    assert (look.execution_state, look.execution_info) == ("ERROR", "no executor")
    assert look.execution_id == execution(ASKED).id
    assert look.started_at == execution(ASKED).created_at


def test_an_answer_that_heat_keeps_is_seen(watched: Watched) -> None:
    watched.says(request_id=ASKED["RequestId"], copies=1, stage="answered")
    assert watched.watch.look().answered


def test_why_a_message_was_set_aside_is_read_and_of_this_stack_alone(watched: Watched) -> None:
    for queue, why in ((QUEUE, "Signature: is wrong"), ("heat-cr-other", "another")):
        letter = {"reason": why, "queue": queue, "set_aside_at": NOW.isoformat(), "body": ASKED}
        watched.cloud.zaqar.post(ids.DEAD_LETTER_QUEUE, letter, ttl=300)
    assert watched.watch.look().set_aside == "Signature: is wrong"


def test_services_that_say_nothing_leave_their_part_out(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_kwargs: Any) -> Any:
        raise errors.ServiceUnavailable("it", "answer", "it is away")

    for service, calls in (
        (watched.cloud.heat, ("resources", "attribute")),
        (watched.cloud.mistral, ("execution",)),
        (watched.cloud.zaqar, ("messages",)),
    ):
        for call in calls:
            monkeypatch.setattr(service, call, away)
    assert watched.watch.look() == LoopLook()


def test_a_report_is_put_to_the_response_url_and_is_no_answer(watched: Watched) -> None:
    assert watched.watch.try_response_url() is None
    watched.post()
    watched.watch.look()
    assert watched.watch.try_response_url() == ""
    (said,) = watched.answers.put_bodies
    assert b'"IN_PROGRESS"' in said
    assert ASKED["RequestId"].encode() in said
    watched.answers.outcome = (PutOutcome.REFUSED, "status 403: User is not authorized")
    assert watched.watch.try_response_url() == "status 403: User is not authorized"
