"""The last judge of an answer: it knows what was asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from heat_tables import Tables, make_tables
from plugin_parts import NOW, pending

from customresource_bridge.plugin.answering.answers import AnsweredRow, judged, note_progress
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.progress import ProgressReport
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol import Identity, RequestType, Status
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer, read_value

IDENTITY = Identity(stack_id="s", request_id="r", logical_resource_id="Web")
WRONG = {"Status": "SUCCESS", "PhysicalResourceId": "vm-1", "Data": "gone"}
FORWARDED = read_value(WRONG, IDENTITY).to_dict()


@pytest.mark.parametrize("answer", [read_value(WRONG, IDENTITY), read_value(FORWARDED, IDENTITY)])
def test_a_delete_that_succeeded_has_succeeded_by_way_of_a_gateway_or_not(answer: HandlerAnswer) -> None:
    assert judged(answer, pending(request_type=RequestType.DELETE)).status is Status.SUCCESS
    for asked in (pending(), replace(pending(request_type=RequestType.DELETE), request_id="another"), None):
        response = judged(answer, asked)
        assert (response.status, response.physical_resource_id) == (Status.FAILED, "vm-1")
        assert "Data is a string" in response.reason


@pytest.fixture(scope="module")
def _database() -> None:
    make_tables()


class Reported(Tables):
    """A resource whose request is out, and what was told of its handler's progress."""

    def __init__(self) -> None:
        super().__init__()
        self.row_id = self.row()
        self.remember(self.row_id, State(pending=pending()))
        self.told: list[str] = []

    def report(self, reason: str, *, after: float = 0, request_id: str = "r") -> None:
        progress = Progress(identity=replace(IDENTITY, request_id=request_id), reason=reason)
        row = AnsweredRow(context=self.context, row_id=self.row_id, identity=IDENTITY)
        note_progress(row, progress, now=NOW + timedelta(seconds=after), tell=self.told.append)

    def kept(self) -> ProgressReport | None:
        return ProgressReport.parse(resource_data.read(self.context, self.row_id, resource_data.PROGRESS_KEY))


@pytest.mark.usefixtures("_database")
def test_progress_is_kept_and_told_now_and_then() -> None:
    reported = Reported()
    reported.report("copying 10 %")
    reported.report("copying 20 %", after=10)
    reported.report("copying 40 %", after=40)
    assert reported.told == [
        "Update in progress: copying 10 % (RequestId: r)",
        "Update in progress: copying 40 % (RequestId: r)",
    ]
    kept = reported.kept()
    assert kept is not None
    assert kept.reason == "copying 40 %"


@pytest.mark.usefixtures("_database")
def test_progress_takes_no_answer_s_place_and_none_comes_after_it() -> None:
    reported = Reported()
    reported.report("copying 10 %")
    assert resource_data.read_answers(reported.context, reported.row_id) == {}
    resource_data.write(reported.context, reported.row_id, resource_data.answer_key("r"), "{}")
    reported.report("copying 90 %", after=60)
    reported.report("copying 90 %", after=60, request_id="another")
    assert len(reported.told) == 1
    kept = reported.kept()
    assert kept is not None
    assert kept.reason == "copying 10 %"
