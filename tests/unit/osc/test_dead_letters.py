import json

import pytest
from osc_lib import exceptions
from osc_parts import told
from visibility_parts import STACK, SeenCloud, ago, body

from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.osc.dead_letters import (
    ListDeadLetters,
    PurgeDeadLetter,
    RedriveDeadLetter,
    ShowDeadLetter,
)
from customresource_bridge.protocol import Secret, ids

QUEUE = ids.stack_queue(STACK)


@pytest.fixture
def cloud() -> SeenCloud:
    made = SeenCloud()
    message = Message(queue=QUEUE, message_id=Secret("m"), claim_id=None, body=body(), age=0, ttl=60)
    made.zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason="no \x1b[31mway", now=ago(5)), ttl=60)
    return made


def test_each_is_a_row_with_its_name_and_its_reason(cloud: SeenCloud) -> None:
    (row,) = json.loads(told(ListDeadLetters, cloud, "-f", "json"))
    assert (row["Queue"], row["Reason"]) == (QUEUE, "no ?[31mway")
    assert row["Name"] in told(ListDeadLetters, cloud)


def test_where_there_is_none_it_says_so() -> None:
    assert told(ListDeadLetters, SeenCloud()) == "none\n"
    assert told(RedriveDeadLetter, SeenCloud(), "all") == "none\n"
    assert told(PurgeDeadLetter, SeenCloud(), "all") == "none\n"


def test_one_is_shown_without_its_response_url(cloud: SeenCloud) -> None:
    name = told(ListDeadLetters, cloud, "-f", "value", "-c", "Name").strip()
    shown = told(ShowDeadLetter, cloud, name)
    assert "greeting" in shown
    assert "token-of-mine" not in shown


def test_one_is_put_back_or_deleted_by_its_name(cloud: SeenCloud) -> None:
    name = told(ListDeadLetters, cloud, "-f", "value", "-c", "Name").strip()
    assert told(RedriveDeadLetter, cloud, name) == f"{name} is back in {QUEUE}\n"
    assert cloud.zaqar.count(QUEUE) == 1
    with pytest.raises(exceptions.CommandError, match="none is named"):
        told(PurgeDeadLetter, cloud, name)


def test_all_are_deleted(cloud: SeenCloud) -> None:
    assert told(PurgeDeadLetter, cloud, "all").endswith(" is deleted\n")
    assert told(ListDeadLetters, cloud) == "none\n"
