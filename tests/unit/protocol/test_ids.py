from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.protocol import ids

uuids = st.uuids().map(str)


@given(uuids)
def test_a_stack_s_queue_fits_zaqar_and_is_known_again(stack: str) -> None:
    queue = ids.stack_queue(stack)
    assert len(queue) <= 64
    assert ids.is_stack_queue(queue)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "heat-cr-",
        ids.BELL_QUEUE,
        ids.DEAD_LETTER_QUEUE,
        "heat-cr-0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c",
        "heat-cr-0B9C1D2E-3F4A-4B5C-8D6E-7F8091A2B3C4",
        "heat-cr-{0b9c1d2e3f4a4b5c8d6e7f8091a2b3c4}00",
        "heat-cr-0b9c1d2e3f4a4b5c8d6e7f8091a2b3c4----",
        "other-0b9c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4",
    ],
)
def test_no_other_queue_is_taken_for_a_stack_s(name: str) -> None:
    assert not ids.is_stack_queue(name)


def test_the_execution_id_never_changes_between_releases() -> None:
    assert ids.execution_id(project_id="p", stack_id="s", logical_resource_id="l", request_id="r") == (
        "c8c32d10-7f10-53ec-bc17-ef9a68eec5e3"
    )


@given(st.tuples(uuids, uuids, uuids, uuids), st.tuples(uuids, uuids, uuids, uuids))
def test_each_request_has_an_execution_id_of_its_own(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    names = ("project_id", "stack_id", "logical_resource_id", "request_id")
    first, second = (ids.execution_id(**dict(zip(names, values, strict=True))) for values in (one, other))
    assert (first == second) == (one == other)
    assert str(UUID(first)) == first


def test_a_default_physical_id_is_stable_and_short_enough() -> None:
    def derived(logical: str, request: str) -> str:
        return ids.default_physical_resource_id(stack_id="s", logical_resource_id=logical, request_id=request)

    assert derived("Record", "r1") == derived("Record", "r1")
    assert derived("Record", "r1") != derived("Record", "r2")
    assert derived("x" * 300 + "a", "r1") != derived("x" * 300 + "b", "r1")
    assert len(derived("x" * 300, "r1")) <= 255
