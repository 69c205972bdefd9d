from dataclasses import replace
from datetime import timedelta

import pytest
from visibility_parts import NOW

from customresource_bridge.visibility.view import RequestView, SeenStage

VIEW = RequestView(
    stage=SeenStage.RUNNING,
    stack_name="hello",
    stack_id="s",
    resource="greeting",
    request_type="Create",
    asked_at=NOW - timedelta(seconds=90),
    deadline=NOW + timedelta(seconds=30),
)


def test_age_and_time_left_are_in_whole_seconds() -> None:
    assert (VIEW.age(NOW), VIEW.left(NOW), VIEW.left(NOW + timedelta(seconds=40))) == (90, 30, -10)


def test_what_is_not_known_is_none() -> None:
    view = replace(VIEW, asked_at=None, deadline=None)
    assert (view.age(NOW), view.left(NOW)) == (None, None)


@pytest.mark.parametrize("stage", [SeenStage.COMPLETE, SeenStage.FAILED])
def test_what_is_answered_has_no_time_left(stage: SeenStage) -> None:
    assert replace(VIEW, stage=stage).left(NOW) is None
    assert not stage.in_flight
