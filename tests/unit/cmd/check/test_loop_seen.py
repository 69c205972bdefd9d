"""What was first seen when, from look to look."""

from datetime import datetime, timedelta

import pytest

from customresource_bridge.cmd.check.loop_seen import LoopLook, LoopSeen, MessageSeen
from customresource_bridge.compat import UTC

BEGUN = datetime(2030, 1, 1, tzinfo=UTC)


def after(*looks: LoopLook) -> LoopSeen:
    """Return what is seen after looks, one each second."""
    seen = LoopSeen()
    for number, look in enumerate(looks, 1):
        seen = seen.then(look, now=float(number), begun=BEGUN, at=BEGUN + timedelta(seconds=number))
    return seen


def test_each_hop_has_the_time_of_the_first_look_that_showed_it() -> None:
    seen = after(
        LoopLook(status="INIT_COMPLETE"),
        LoopLook(status="CREATE_IN_PROGRESS", copies=1, message=MessageSeen.FREE),
        LoopLook(status="CREATE_IN_PROGRESS", copies=1, message=MessageSeen.CLAIMED),
        LoopLook(status="CREATE_IN_PROGRESS", copies=1, execution_id="e", execution_state="RUNNING"),
        LoopLook(status="CREATE_IN_PROGRESS", copies=1, execution_id="e", execution_state="SUCCESS"),
        LoopLook(status="CREATE_COMPLETE", copies=1),
    )
    assert (seen.sent, seen.taken, seen.started, seen.executed, seen.answered) == (2.0, 3.0, 4.0, 5.0, 6.0)
    assert (seen.last.execution_id, seen.last.execution_state) == ("e", "SUCCESS")


def test_what_happens_between_two_looks_is_seen_with_what_follows_from_it() -> None:
    seen = after(LoopLook(status="CREATE_COMPLETE", copies=1))
    assert (seen.sent, seen.taken, seen.answered, seen.started) == (1.0, 1.0, 1.0, None)


def test_a_request_that_was_never_sent_is_not_taken_for_answered() -> None:
    seen = after(LoopLook(status="CREATE_FAILED", reason="Could not send"))
    assert (seen.sent, seen.answered) == (None, None)
    assert seen.last.ended


def test_a_refusal_is_an_answer_and_does_not_say_when_the_request_was_taken() -> None:
    seen = after(LoopLook(status="CREATE_FAILED", copies=1))
    assert (seen.sent, seen.taken, seen.answered) == (1.0, None, 1.0)


@pytest.mark.parametrize(
    ("moment", "skew"),
    [(-3600, -3600), (-31, -31), (-30, 0), (0, 0), (30, 0), (33, 32), (600, 599)],
)
def test_a_clock_is_wrong_where_a_moment_lies_outside_of_the_check(moment: int, skew: int) -> None:
    seen = after(LoopLook(changed_at=BEGUN + timedelta(seconds=moment)))
    assert seen.skews == ({"heat-engine": timedelta(seconds=skew)} if skew else {})


def test_the_first_word_on_a_clock_counts_and_each_clock_has_its_own() -> None:
    late = BEGUN + timedelta(seconds=100)
    seen = after(LoopLook(changed_at=late), LoopLook(changed_at=late, started_at=BEGUN - timedelta(seconds=50)))
    assert seen.skews == {"heat-engine": timedelta(seconds=99), "Mistral": timedelta(seconds=-50)}
