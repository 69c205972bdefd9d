"""What a row remembers, in Heat's resource_data. ``make unit-plugin``."""

import pytest
from heat_tables import Tables, make_tables

from customresource_bridge.plugin.heat import resource_data


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


@pytest.mark.parametrize("size", [0, 10, 8001, 1_000_000])
def test_a_value_of_any_size_fits_into_heats_column(size: int) -> None:
    text = "".join(chr(33 + (i * 7919) % 90) for i in range(size))
    chunks = resource_data._chunks(text)
    assert all(len(chunk) <= 40_000 for chunk in chunks)


def test_a_value_beyond_all_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        resource_data._chunks("x" * 5_000_000)


@pytest.mark.parametrize("sizes", [(10, 200_000), (200_000, 10)], ids=["grows", "shrinks"])
def test_a_value_of_any_size_is_read_as_it_was_written_last(sizes: tuple[int, int]) -> None:
    tables = Tables()
    row_id = tables.row()
    for size in sizes:
        text = "".join(chr(33 + (i * i * 7919) % 90) for i in range(size))
        resource_data.write(tables.context, row_id, resource_data.STATE_KEY, text)
        assert resource_data.read(tables.context, row_id, resource_data.STATE_KEY) == text


def test_of_two_answers_to_a_request_the_first_is_kept() -> None:
    tables = Tables()
    row_id = tables.row()
    key = resource_data.answer_key("r")
    assert resource_data.write_first(tables.context, row_id, key, "first")
    assert not resource_data.write_first(tables.context, row_id, key, "second")
    assert resource_data.read(tables.context, row_id, key) == "first"
    assert resource_data.answered(tables.context, [row_id, row_id + 1]) == {row_id}


def test_a_row_that_is_gone_takes_no_answer() -> None:
    tables = Tables()
    assert not resource_data.write_first(tables.context, 10_000_000, resource_data.answer_key("r"), "late")
    deleted = tables.row(action="DELETE", status="COMPLETE")
    assert not resource_data.write_first(tables.context, deleted, resource_data.answer_key("r"), "late")
    failed = tables.row(action="DELETE", status="FAILED")
    assert resource_data.write_first(tables.context, failed, resource_data.answer_key("r"), "late")


def test_answers_are_read_in_the_order_in_which_they_came() -> None:
    tables = Tables()
    row_id = tables.row()
    for request_id in "b", "c", "a":
        long = "".join(chr(33 + (i * i * 7919) % 90) for i in range(200_000))
        resource_data.write_first(tables.context, row_id, resource_data.answer_key(request_id), f"{request_id}{long}")
    assert [text[0] for text in resource_data.read_answers(tables.context, row_id).values()] == ["b", "c", "a"]
