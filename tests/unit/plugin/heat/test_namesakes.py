"""What the rows of one resource share. With Heat's Python: ``make unit-plugin``."""

from dataclasses import replace

import pytest
from plugin_parts import pending

from customresource_bridge.plugin.heat.namesakes import Namesake, asked_since, held
from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy, Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State

ONE = Spec(resource_type="T", properties={"Name": "one"})
TWO = replace(ONE, properties={"Name": "two"})


def made(name: str, spec: Spec = ONE) -> State:
    return State(current=PhysicalResource(physical_resource_id=name, spec=spec))


def left(name: str) -> State:
    return State(account=(Entry(physical_resource_id=name, spec=TWO),))


def row(row_id: int, state: State, *, stays: bool) -> Namesake:
    return Namesake(row_id=row_id, state=state, stays=stays)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], set()),
        ([row(9, made("k"), stays=True)], {"k"}),
        ([row(1, made("k"), stays=True)], {"k"}),
        ([row(9, made("k"), stays=False)], set()),
        ([row(1, made("k"), stays=False)], {"k"}),
        ([row(1, left("k"), stays=False)], {"k"}),
        ([row(9, State(pending=pending()), stays=True)], set()),
    ],
    ids=[
        "alone",
        "its replacement",
        "it was rolled back to",
        "it deletes first",
        "the older deletes",
        "left",
        "unknown",
    ],
)
def test_an_id_is_deleted_by_the_oldest_row_that_goes_if_none_stays(others: list[Namesake], expected: set[str]) -> None:
    assert set(held(5, made("k"), others)) == expected


def test_of_two_rows_that_go_exactly_one_deletes() -> None:
    old, new = row(1, made("k"), stays=False), row(2, made("k"), stays=False)
    assert [held(1, old.state, [new]), held(2, new.state, [old])] == [(), ("k",)]


def test_the_policy_to_retain_keeps_what_is_replaced_and_not_what_is_rolled_back() -> None:
    kept = made("k", replace(ONE, update_replace_policy=ReplacePolicy.RETAIN))
    assert held(5, kept, [row(9, made("k2"), stays=True)]) == ("k2", "k")
    assert held(5, kept, [row(1, made("k0"), stays=True)]) == ("k0",)


def test_what_the_resource_is_comes_before_what_is_to_be_cleaned_up() -> None:
    """A request has room for a few."""
    entries = tuple(Entry(physical_resource_id=name, spec=ONE, superseded=True) for name in ("a1", "a2"))
    stays = replace(made("z"), account=entries)
    assert held(5, State(), [row(1, left("b"), stays=False), row(9, stays, stays=True)]) == ("z", "b", "a1", "a2")


@pytest.mark.parametrize("younger", [made("k", TWO), left("k")], ids=["made", "left by a failed Create"])
def test_what_a_replacement_asked_of_the_same_thing_is_known(younger: State) -> None:
    assert asked_since(5, made("k"), [row(1, made("k", TWO), stays=False), row(9, younger, stays=False)]) == TWO


@pytest.mark.parametrize(
    "others", [[], [row(1, made("k", TWO), stays=False)], [row(9, made("other", TWO), stays=False)]]
)
def test_what_others_asked_of_something_else_does_not_matter(others: list[Namesake]) -> None:
    assert asked_since(5, made("k"), others) is None
