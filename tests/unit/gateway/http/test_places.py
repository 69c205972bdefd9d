import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.gateway.http.places import Places, home_of


def test_at_the_bound_of_its_address_who_has_waited_longest_makes_room() -> None:
    places: Places[str] = Places(total=10, each=2)
    assert [places.enter(guest, "a") for guest in ("1", "2", "3")] == [None, None, "1"]
    assert places.enter("4", "b") is None


def test_who_was_answered_waits_anew() -> None:
    places: Places[str] = Places(total=10, each=2)
    places.enter("1", "a"), places.enter("2", "a")
    places.answering("1", "a")
    places.waiting("1", "a")
    assert places.enter("3", "a") == "2"


def test_who_is_being_answered_is_never_hung_up_on() -> None:
    places: Places[str] = Places(total=10, each=2)
    for guest in ("1", "2"):
        places.enter(guest, "a")
        places.answering(guest, "a")
    assert places.enter("3", "a") == "3"


def test_at_the_bound_of_all_the_address_with_the_most_makes_room() -> None:
    places: Places[str] = Places(total=3, each=3)
    for guest, home in (("1", "a"), ("2", "b"), ("3", "b")):
        places.enter(guest, home)
    assert places.enter("4", "c") == "2"


def test_one_that_left_has_no_place_and_may_leave_again() -> None:
    places: Places[str] = Places(total=3, each=1)
    places.enter("1", "a")
    places.leave("1", "a")
    places.leave("1", "a")
    places.answering("1", "a")
    places.waiting("1", "a")
    assert (len(places), places.everybody()) == (0, [])
    assert places.enter("2", "a") is None


STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "answering", "waiting"]), st.integers(0, 9)), max_size=60)


@given(steps=STEPS)
def test_there_are_never_more_than_the_bounds_while_those_go_who_have_to(steps: list[tuple[str, int]]) -> None:
    places: Places[int] = Places(total=5, each=2)
    for step, guest in steps:
        home = str(guest % 4)
        if step != "enter":
            getattr(places, step)(guest, home)
        elif guest not in places.everybody():
            leaves = places.enter(guest, home)
            if leaves is not None:
                places.leave(leaves, str(leaves % 4))
        everybody = places.everybody()
        assert len(places) == len(everybody) == len(set(everybody)) <= 5
        assert all(sum(str(one % 4) == home for one in everybody) <= 2 for home in "0123")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", True),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_an_address_is_a_host_s(one: str, other: str, *, same: bool) -> None:
    assert (home_of(one) == home_of(other)) is same
