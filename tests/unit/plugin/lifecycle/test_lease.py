from datetime import datetime, timedelta

import pytest

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.lifecycle.lease import Lease, LeaseState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)


def a_lease(state: LeaseState = LeaseState.THREAD, previous: str = "") -> Lease:
    return Lease(request_id="r-1", posts=3, next_post_at=LATER, expires_at=NOW, state=state, previous=previous)


@pytest.mark.parametrize("state", LeaseState)
@pytest.mark.parametrize("previous", ["", "r-0"])
def test_a_lease_survives_its_text(state: LeaseState, previous: str) -> None:
    lease = a_lease(state, previous)
    assert Lease.parse(lease.to_text()) == lease


def test_rows_are_found_by_their_request_and_by_the_one_before() -> None:
    text = a_lease(previous="r-0").to_text()
    assert text.startswith("r-1 ")
    assert text.endswith(" r-0")


@pytest.mark.parametrize(
    ("text", "state", "previous"),
    [
        (f"r-1 {NOW.isoformat()} 3 0", LeaseState.THREAD, ""),
        (f"r-1 {NOW.isoformat()} 3 1", LeaseState.PARKED, ""),
        (f"r-1 {NOW.isoformat()} 3 1 r-0", LeaseState.PARKED, "r-0"),
    ],
)
def test_what_the_release_before_wrote_is_read(text: str, state: LeaseState, previous: str) -> None:
    one_time = Lease(request_id="r-1", posts=3, next_post_at=NOW, expires_at=NOW, state=state, previous=previous)
    assert Lease.parse(text) == one_time


@pytest.mark.parametrize("state", LeaseState)
def test_the_release_before_reads_what_is_written_now(state: LeaseState) -> None:
    request_id, due, posts, parked, *_ = a_lease(state, "r-0").to_text().split(" ")  # as it did
    assert (request_id, datetime.fromisoformat(due), int(posts)) == ("r-1", NOW, 3)
    assert (parked == "1") is (state is LeaseState.PARKED)


@pytest.mark.parametrize("text", ["", "r-1", "r-1 yesterday 3 0", f"r-1 {NOW.isoformat()} 3 9"])
def test_what_is_no_lease_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Lease.parse(text)


def test_a_parked_row_is_looked_after_until_its_next_post_or_its_end() -> None:
    assert a_lease().parked(until=LATER + timedelta(1)).expires_at == LATER
    assert a_lease().parked(until=NOW).expires_at == NOW


def test_a_message_on_its_way_leaves_the_next_post_where_it_was() -> None:
    woken = a_lease(LeaseState.PARKED).waking(until=NOW + timedelta(days=1))
    assert woken.held_by_thread().next_post_at == LATER


def test_a_post_that_was_none_is_not_counted() -> None:
    assert a_lease().one_post_less().posts == 2
    assert a_lease().one_post_less().one_post_less().one_post_less().one_post_less().posts == 0
