"""The indexes of the page on sizing can be made in the cloud's databases, and its queries can go by them."""

from collections.abc import Iterator

import pytest
from sizing_indexes import Index, indexes
from standalone import sql


@pytest.fixture(params=indexes(), ids=lambda index: index.name)
def made(request: pytest.FixtureRequest) -> Iterator[Index]:
    """Make an index, as the page says; it is gone afterwards."""
    index: Index = request.param
    sql(index.make)
    yield index
    sql(index.drop)


def test_a_query_can_go_by_it(made: Index) -> None:
    condition = " AND ".join(f"{column} = 'x'" for column in made.columns)
    query = f"EXPLAIN SELECT * FROM {made.table} WHERE {condition};"  # noqa: S608 - of the page's words alone
    head, plan = sql(query).splitlines()
    assert made.name in dict(zip(head.split("\t"), plan.split("\t"), strict=True))["possible_keys"].split(",")
