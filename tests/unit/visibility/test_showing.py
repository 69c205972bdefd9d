from typing import NoReturn

import pytest
from visibility_parts import SeenCloud, body, event, execution, resource

from customresource_bridge import errors
from customresource_bridge.visibility.showing import show_request, show_resource
from customresource_bridge.visibility.view import SeenStage


def cloud() -> SeenCloud:
    made = SeenCloud()
    made.stack("UPDATE_IN_PROGRESS", resource(status="UPDATE_IN_PROGRESS"))
    made.mistral.made = [execution(body(), "SUCCESS", began=500), execution(body(phase="Update"))]
    made.heat.told = [event("greeting", "UPDATE_IN_PROGRESS", at=60), event("other", "UPDATE_IN_PROGRESS", at=60)]
    return made


def test_a_resource_s_request_that_is_in_flight_is_shown() -> None:
    found = show_resource(cloud().readers, "hello", "greeting")
    assert (found.view.request_type, found.view.stage) == ("Update", SeenStage.RUNNING)
    assert [step.service for step in found.steps] == ["Heat", "Mistral"]


def test_a_request_id_leads_to_an_earlier_one() -> None:
    found = show_request(cloud().readers, body()["RequestId"])
    assert (found.view.request_type, found.view.stage) == ("Create", SeenStage.COMPLETE)


def test_the_last_is_shown_where_none_is_in_flight() -> None:
    made = cloud()
    made.heat.summaries, made.heat.seen = [], []
    made.stack("UPDATE_COMPLETE", resource(status="UPDATE_COMPLETE"))
    made.mistral.made = [execution(body(), "SUCCESS", began=500), execution(body(phase="Update"), "SUCCESS")]
    assert show_resource(made.readers, "hello", "greeting").view.request_type == "Update"


def test_what_is_not_seen_is_not_found() -> None:
    with pytest.raises(errors.NotFound, match="nothing is seen of requests of the resource 'nothing'"):
        show_resource(cloud().readers, "hello", "nothing")
    with pytest.raises(errors.NotFound, match="nothing is seen of 'nobody'"):
        show_request(cloud().readers, "nobody")


def test_of_what_is_not_found_it_is_said_what_was_not_to_be_seen() -> None:
    made = cloud()
    made.mistral.executions = away  # type: ignore[method-assign]
    with pytest.raises(errors.NotFound, match=r"nothing is seen of 'nobody'; .*executions are not shown"):
        show_request(made.readers, "nobody")
    with pytest.raises(errors.NotFound, match=r"of 'hello'; .*executions are not shown"):
        show_resource(made.readers, "hello", "nothing")


def test_what_heat_says_of_its_request_is_shown_with_it() -> None:
    made = SeenCloud()
    made.stack("CREATE_IN_PROGRESS", resource())
    made.heat.attributes = {"greeting": {"request": {"request_id": "r-1", "copies": 3, "handler": "zaqar:work"}}}
    found = show_resource(made.readers, "hello", "greeting")
    assert (found.view.request_id, found.view.handler, found.copies) == ("r-1", "zaqar:work", 3)


def test_a_service_that_is_away_leaves_its_part_out_and_is_named() -> None:
    made = cloud()
    made.mistral.tasks = away  # type: ignore[method-assign]
    made.heat.events_of = away  # type: ignore[method-assign]
    found = show_resource(made.readers, "hello", "greeting")
    assert [step.service for step in found.steps] == ["Mistral"]
    assert [note.rpartition("; ")[2] for note in found.notes] == [
        "its tasks are not shown",
        "Heat's events are not shown",
    ]


def away(*args: object, **kwargs: object) -> NoReturn:
    del args, kwargs
    raise errors.ServiceUnavailable("It", "list", "it is away", status=503)
