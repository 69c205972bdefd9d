"""What our commands have in common: a list of nothing says so, and an error is one line that a terminal may print."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from osc_lib import exceptions
from osc_lib.command import command

from customresource_bridge import errors
from customresource_bridge.osc.columns import in_its_line
from customresource_bridge.protocol.printing import in_clear, one_line
from customresource_bridge.visibility.reading import Readers

NONE = "none"
_A_LINE_EACH = frozenset({"csv", "value"})
"""The formats of which a script takes a line for a row."""


def readers_of(asked: command.Command) -> Readers:
    """Return the client that osc-lib's client manager has made of our plugin."""
    manager: Any = asked.app.client_manager
    readers: Readers = manager.customresource
    return readers


class ListCommand(command.Lister):
    """A list; where there is nothing to list, the table is the word ``none``.

    ``csv`` and ``value`` have one line for each row: the lines of a text are joined there, and kept in JSON and YAML.
    """

    def produce_output(
        self, parsed_args: argparse.Namespace, column_names: Sequence[str], data: Iterable[Sequence[Any]]
    ) -> int:
        """Print what was found."""
        rows = list(data)
        if not rows and parsed_args.formatter == self.formatter_default:
            self.app.stdout.write(f"{NONE}\n")
            return 0
        if parsed_args.formatter in _A_LINE_EACH:
            rows = [[in_its_line(cell) for cell in row] for row in rows]
        return int(super().produce_output(parsed_args, column_names, rows) or 0)


@contextmanager
def spoken() -> Iterator[None]:
    """Raise OpenStackClient's error for ours, without what a terminal would obey."""
    try:
        yield
    except errors.CustomResourceError as error:
        raise exceptions.CommandError(one_line(" ".join(in_clear(str(error)).split()))) from error
