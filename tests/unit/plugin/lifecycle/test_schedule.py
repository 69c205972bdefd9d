"""The times of a waiting request. ``make unit-plugin``."""

from datetime import UTC, datetime, timedelta

from customresource_bridge.plugin.lifecycle.schedule import message_ttl, next_look, next_post
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Pending
from customresource_bridge.protocol import RequestType

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PENDING = Pending(
    request_id="r",
    request_type=RequestType.CREATE,
    spec=Spec(resource_type="T"),
    traversal="op",
    asked_at=NOW,
    deadline=NOW + timedelta(seconds=1000),
)


def test_posts_are_repeated_ever_more_rarely_and_never_after_the_deadline() -> None:
    pauses = [
        (next_post(PENDING, posts=posts, now=NOW, repost_after=[30, 60, 120]) - NOW).total_seconds()
        for posts in range(6)
    ]
    assert pauses == [2, 30, 60, 120, 120, 120]
    late = NOW + timedelta(seconds=990)
    assert next_post(PENDING, posts=3, now=late, repost_after=[30]) == PENDING.deadline


def test_a_message_outlives_its_request() -> None:
    assert message_ttl(PENDING, NOW) > 1000


def test_a_workflow_is_looked_at_ever_more_rarely() -> None:
    looks = [
        (next_look(PENDING, now=NOW + timedelta(seconds=age)) - NOW).total_seconds() - age for age in (0, 40, 4000)
    ]
    assert looks == [1, 8, 15]
