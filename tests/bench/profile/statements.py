"""SQL statements that the services send, by the server's own record of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import standalone

_VERBS = "argument REGEXP '^(SELECT|INSERT|UPDATE|DELETE)' AND argument NOT LIKE 'SELECT 1%'"
"""Without BEGIN, COMMIT and the like, and without the pools' looks whether a connection still stands."""
_COUNT = f"""
SELECT client.DB, COUNT(*) FROM mysql.general_log sent
JOIN information_schema.PROCESSLIST client ON client.ID = sent.thread_id
WHERE {_VERBS} AND client.DB IS NOT NULL GROUP BY client.DB
"""  # noqa: S608 - nothing from outside


@contextmanager
def recorded() -> Iterator[None]:
    """Have the server record all statements while the block lasts. That takes it some of its own processor time."""
    standalone.sql("SET GLOBAL log_output='TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log=1")
    try:
        yield
    finally:
        standalone.sql("SET GLOBAL general_log=0")


def by_database() -> Mapping[str, int]:
    """Return how many were recorded, on connections that are still there."""
    return parse(standalone.sql(_COUNT))


def parse(text: str) -> Mapping[str, int]:
    """Read the client's lines: a head, then name and number."""
    pairs = (line.split("\t") for line in text.splitlines()[1:])
    return {name: int(count) for name, count in pairs}
