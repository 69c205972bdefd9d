import pytest
from visibility_parts import NOW, STACK, ago

from customresource_bridge.cmd.check.untaken import untaken
from customresource_bridge.visibility.reading import Listing
from customresource_bridge.visibility.view import RequestView, SeenStage


def view(seconds: float | None, stage: SeenStage = SeenStage.WAITING) -> RequestView:
    asked_at = None if seconds is None else ago(seconds)
    return RequestView(
        stage=stage, stack_name="hello", stack_id=STACK, resource="a", request_type="Create", asked_at=asked_at
    )


@pytest.mark.parametrize(
    "views", [[], [view(59)], [view(None)], [view(600, SeenStage.RUNNING), view(600, SeenStage.CLAIMED)]]
)
def test_what_is_taken_or_has_come_just_now_is_well(views: list[RequestView]) -> None:
    found = untaken(Listing(views=views), NOW, listened=False)
    assert (found.problem, found.warning, found.note) == (None, None, "none")


def test_what_nobody_has_taken_for_long_is_wrong_and_the_oldest_is_named() -> None:
    found = untaken(Listing(views=[view(90), view(60), view(10)]), NOW, listened=False)
    assert str(found.problem).startswith("2, the oldest for 90 s: Create of a in hello; start a bridge by")


def test_beside_bridges_that_are_seen_it_is_a_warning() -> None:
    found = untaken(Listing(views=[view(90)]), NOW, listened=True)
    assert found.problem is None
    assert "a bridge is there, and is full" in str(found.warning)


@pytest.mark.parametrize("stage", [SeenStage.CLAIMED, SeenStage.RUNNING])
def test_beside_a_request_that_was_taken_it_is_a_warning(stage: SeenStage) -> None:
    found = untaken(Listing(views=[view(90), view(80, stage)]), NOW, listened=False)
    assert found.problem is None
    assert found.warning is not None


def test_what_is_not_known_is_said_where_nothing_is_seen_to_be_late_and_excuses_nothing_that_is() -> None:
    found = untaken(Listing(views=[view(10)], notes=["3 of 503 stacks were not looked into"]), NOW, listened=False)
    assert (found.problem, found.warning) == (None, "not all is known: 3 of 503 stacks were not looked into")
    found = untaken(Listing(views=[view(90)], notes=["3 of 503 stacks were not looked into"]), NOW, listened=False)
    assert str(found.problem).startswith("1, the oldest for 90 s")
