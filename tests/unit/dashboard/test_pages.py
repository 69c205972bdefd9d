from dataclasses import replace
from datetime import timedelta

import pytest
from visibility_parts import NOW, SeenCloud, ago, body, execution, resource

from customresource_bridge import errors
from customresource_bridge.clients.mistral.reader import TaskSummary
from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.dashboard.pages import RequestPage, request_page, said
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat
from customresource_bridge.visibility.reading import Selection


def task(name: str, began: float, execution_id: str) -> TaskSummary:
    return TaskSummary(id=name, execution_id=execution_id, name=name, state="RUNNING", started_at=ago(began))


def titles(page: RequestPage) -> dict[str, list[str]]:
    return {group.title: [one.view.resource for one in group.lanes] for group in page.groups}


def test_what_is_in_flight_comes_first_oldest_first_and_what_has_ended_newest_first() -> None:
    cloud = SeenCloud()
    for number, state in enumerate(("RUNNING", "SUCCESS", "ERROR")):
        for age in (200, 100):
            asked = body(f"{state}{age}")
            cloud.mistral.made.append(execution(asked, state, began=age + number))
    assert titles(request_page(cloud.readers, Selection())) == {
        "In flight": ["RUNNING200", "RUNNING100"],
        "Failed": ["ERROR100", "ERROR200"],
        "Complete": ["SUCCESS100", "SUCCESS200"],
    }


def test_a_lane_names_the_task_that_began_last() -> None:
    cloud = SeenCloud()
    made = execution(body())
    cloud.mistral.made.append(made)
    cloud.mistral.done += [task("second", 1, made.id), task("first", 9, made.id), task("other", 1, "e2")]
    (one,) = request_page(cloud.readers, Selection()).groups[0].lanes
    assert one.steps[2].note == "second"


def test_tasks_are_not_asked_for_where_none_can_be_shown() -> None:
    """Mistral lists the tasks of one project alone."""
    cloud = SeenCloud()
    request_page(cloud.readers, Selection())
    without = cloud.mistral.calls
    cloud.mistral.made.append(execution(body()))
    request_page(cloud.readers, Selection(all_projects=True))
    assert cloud.mistral.calls == 2 * without


def test_bridges_and_dead_letters_are_rows() -> None:
    cloud = SeenCloud()
    alive = Heartbeat(
        id="b",
        host="h\x1b[31most",
        pid=7,
        version="1",
        mode=BridgeMode.TENANT,
        workers=4,
        started_at=ago(60),
        oldest=65,
    )
    cloud.zaqar.post(ids.BRIDGE_QUEUE, alive.to_dict(), ttl=90)
    message = Message(queue="q", message_id=Secret("m"), claim_id=None, body=body(), age=0, ttl=60)
    cloud.zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason="no way", now=NOW), ttl=60)
    page = request_page(cloud.readers, Selection())
    (bridge,) = page.bridges
    assert (bridge.host, bridge.oldest, bridge.last_seen) == ("h?[31most", "1m 5s", "0s")
    assert [one.reason for one in page.letters] == ["no way"]


def test_where_a_service_is_away_the_page_says_so_and_shows_the_rest() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())

    class Gone:
        def __getattr__(self, name: str) -> None:
            raise errors.ServiceUnavailable("Zaqar", name, "it did not answer in time")

    readers = replace(cloud.readers, zaqar=Gone())  # type: ignore[arg-type]
    page = request_page(readers, Selection())
    assert titles(page)["In flight"] == ["greeting"]
    assert any("bridges are not shown" in note for note in page.notes)
    assert any("dead letters are not shown" in note for note in page.notes)


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (errors.NotFound("Heat", "find the stack", "none is named 'x'"), "not shown"),
        (errors.Unauthorized("Heat", "list stacks", "no", status=401), "not shown: log in again"),
        (errors.ConfigurationError("no endpoint"), "not shown"),
    ],
)
def test_why_there_is_no_answer_is_a_note(error: Exception, end: str) -> None:
    def ask() -> None:
        raise error

    notes: list[str] = []
    assert said(ask, notes, "requests are not shown") is None
    assert len(notes) == 1
    assert notes[0].endswith(end)


def test_a_deadline_is_measured_by_the_readers_clock() -> None:
    cloud = SeenCloud()
    cloud.mistral.made.append(execution(body(left=90)))
    (one,) = request_page(replace(cloud.readers, now=lambda: NOW + timedelta(seconds=30)), Selection()).groups[0].lanes
    assert one.left == "in 1m 0s"
