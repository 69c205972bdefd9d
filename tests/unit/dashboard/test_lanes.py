from dataclasses import replace
from datetime import timedelta

import pytest
from visibility_parts import NOW, ago

from customresource_bridge.dashboard.lanes import WIDTH, lane, lanes
from customresource_bridge.visibility.view import RequestView, SeenStage

VIEW = RequestView(
    stage=SeenStage.RUNNING,
    stack_name="hello",
    stack_id="s",
    resource="greeting",
    request_type="Create",
    execution_id="e1",
    asked_at=ago(100),
    taken_at=ago(80),
    deadline=NOW + timedelta(seconds=100),
)


def bars(view: RequestView) -> list[tuple[str, int, int]]:
    return [(bar.kind, bar.start, bar.width) for bar in lane(view, now=NOW).bars]


def test_a_lane_goes_from_the_asking_to_the_deadline() -> None:
    assert bars(VIEW) == [("waited", 0, 100), ("worked", 100, 400)]
    assert lane(VIEW, now=NOW).deadline_unit == WIDTH


def test_a_lane_goes_on_after_the_deadline() -> None:
    late = lane(replace(VIEW, deadline=ago(50)), now=NOW)
    assert (late.deadline_unit, late.overdue, late.left) == (500, True, "over for 50s")


def test_what_no_bridge_has_taken_has_only_waited() -> None:
    assert bars(replace(VIEW, stage=SeenStage.WAITING, taken_at=None)) == [("waited", 0, 500)]


def test_what_has_ended_is_drawn_to_its_end() -> None:
    ended = replace(VIEW, stage=SeenStage.COMPLETE, ended_at=ago(60))
    assert bars(ended) == [("waited", 0, 100), ("worked", 100, 100)]
    assert lane(ended, now=NOW).left == ""


def test_what_took_no_time_is_seen_all_the_same() -> None:
    brief = replace(VIEW, stage=SeenStage.COMPLETE, asked_at=ago(100), taken_at=ago(100), ended_at=ago(100))
    assert [width for _, _, width in bars(brief)] == [6]
    late = replace(brief, asked_at=ago(9999), deadline=None)
    assert all(start + width <= WIDTH for _, start, width in bars(late))


@pytest.mark.parametrize(
    "view",
    [
        replace(VIEW, asked_at=None),
        replace(VIEW, stage=SeenStage.FAILED),
        replace(VIEW, asked_at=NOW, taken_at=None, deadline=None),
        replace(VIEW, asked_at=NOW + timedelta(seconds=500)),
    ],
)
def test_without_times_that_fit_there_is_no_picture(view: RequestView) -> None:
    drawn = lane(view, now=NOW)
    assert (drawn.bars, drawn.deadline_unit) == ((), None)
    assert drawn.words.startswith(str(view.stage))


def test_without_a_deadline_a_lane_goes_until_now() -> None:
    assert bars(replace(VIEW, deadline=None)) == [("waited", 0, 200), ("worked", 200, 800)]


def test_the_steps_are_asked_taken_task_and_answered() -> None:
    (drawn,) = lanes([VIEW], now=NOW, tasks={"e1": "send"})
    assert [(step.name, step.at, step.note) for step in drawn.steps] == [
        ("asked", ago(100), ""),
        ("taken", ago(80), "after 20s"),
        ("task", None, "send"),
        ("answered", None, ""),
    ]


def test_a_step_whose_time_is_not_known_still_says_that_it_happened() -> None:
    claimed = lane(replace(VIEW, stage=SeenStage.CLAIMED, taken_at=None), now=NOW)
    failed = lane(replace(VIEW, stage=SeenStage.FAILED), now=NOW)
    assert (claimed.steps[1].note, failed.steps[3].note) == ("by a bridge", "yes")


def test_the_words_say_what_the_picture_shows() -> None:
    assert lane(VIEW, now=NOW).words == "running, asked 1m 40s ago, taken after 20s, deadline in 1m 40s"
    ended = replace(VIEW, stage=SeenStage.FAILED, ended_at=ago(60))
    assert lane(ended, now=NOW).words == "failed, asked 1m 40s ago, taken after 20s, ended after 40s"


def test_the_beginning_of_a_reason_is_one_line() -> None:
    assert lane(replace(VIEW, reason="first\nsecond"), now=NOW).summary == "first second"
    assert lane(replace(VIEW, reason="x" * 200), now=NOW).summary == "x" * 89 + "…"
