"""Keeps a log to its lines: no text from outside begins a record of its own there, or is obeyed by a terminal.

It is put before the formatter of each handler, and so holds for all that a process logs, its libraries' lines included.
In a process that is not ours (heat-engine) each text is made fit where it is logged.
"""

import copy
import logging
import re

from customresource_bridge.protocol.printing import LONGEST_LINE, each_line

_BEGINS_A_LINE = re.compile(r"\n(?!  )")
"""A line that is indented is the last record's: a traceback's, or a handler's output."""


class LinesFormatter(logging.Formatter):
    """Formats a record as another formatter does; whatever the message holds, it is one record to a reader of lines."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        message = record.getMessage()
        if len(message) > LONGEST_LINE or not message.isprintable():
            record = copy.copy(record)
            record.msg, record.args = each_line(_BEGINS_A_LINE.sub(" ", message)), None
        text = self._formatter.format(record)
        # A traceback ends in the exception's own text. All else is fit by now, but for a terminal's colours.
        return each_line(text) if record.exc_info else text


def keep_to_lines(logger: logging.Logger | None = None) -> None:
    """Have each handler of a logger, by default the root, keep to its lines."""
    for handler in (logger or logging.getLogger()).handlers:
        if not isinstance(handler.formatter, LinesFormatter):
            handler.setFormatter(LinesFormatter(handler.formatter or logging.Formatter()))
