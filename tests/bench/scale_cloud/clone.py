"""SQL that copies the rows of one real stack for many: pure text, which the database server carries out by itself.

Each new stack is a row of :data:`MAP`, with the ids that are its own; every other column is as the real row has it.
"""

from collections.abc import Iterable, Mapping, Sequence

MAP = "bench_scale.stacks"
PROJECTS = "bench_scale.projects"
STRIDE = 100
"""Integer ids that each new stack may use up in a table."""
BASE = 10_000_000


def insert(  # noqa: PLR0913 - the parts of a statement, by name
    table: str, columns: Sequence[str], given: Mapping[str, str | None], *, rows: str, which: str = "1", of: str = MAP
) -> str:
    """Return the statement that copies rows of a table, once for each new stack.

    :param given: an SQL expression for each column that differs; ``o`` is the real row, ``m`` the new stack's. None
        leaves it to the server.
    :param rows: which rows of the table are copied.
    :param which: for which new stacks.
    """
    named = [column for column in columns if given.get(column, "") is not None]
    values = [given.get(column) or f"o.`{column}`" for column in named]
    names = ", ".join(f"`{column}`" for column in named)
    selected = f"SELECT {', '.join(values)} FROM {table} o JOIN {of} m WHERE ({rows}) AND ({which})"  # noqa: S608 - ours
    return f"INSERT INTO {table} ({names}) {selected};"


def integer(position: int) -> str:
    """Return the integer id that a new stack has for the real one's so-manieth row of a table."""
    assert position < STRIDE
    return f"{BASE} + m.n * {STRIDE} + {position}"


def renumbered(column: str, ids: Sequence[int]) -> str:
    """Return a JSON column of nodes, ``[id, true]``, with the new stack's ids."""
    return replaced(column, {f"[{old}, ": f"CONCAT('[', {integer(place)}, ', ')" for place, old in enumerate(ids)})


def replaced(column: str, texts: Mapping[str, str]) -> str:
    """Return a column in which texts are replaced by the values of SQL expressions."""
    expression = f"o.`{column}`"
    for old, new in texts.items():
        expression = f"REPLACE({expression}, '{old}', {new})"
    return expression


def chosen(column: str, values: Mapping[int, str]) -> str:
    """Return the value of a column that refers to another row, by what it refers to."""
    if not values:
        return f"o.`{column}`"
    return f"CASE o.`{column}` {' '.join(f'WHEN {old} THEN {new}' for old, new in values.items())} END"


def batches(table: str, rows: Iterable[Sequence[object]], size: int = 1000) -> Iterable[str]:
    """Yield statements that insert values, many at once; they are ours, and have no quotes."""
    portion: list[str] = []
    for row in rows:
        portion.append(f"({', '.join(repr(value) for value in row)})")
        if len(portion) == size:
            yield _values(table, portion)
            portion.clear()
    if portion:
        yield _values(table, portion)


def _values(table: str, portion: Sequence[str]) -> str:
    return f"INSERT INTO {table} VALUES {', '.join(portion)};"  # noqa: S608 - ours
