"""Keeps a log to its lines: no text from outside begins a record of its own there, or is obeyed by a terminal.

Of an error nothing is shown but its type and where it was raised: what it says may quote a token or a ResponseURL.

It is put before the formatter of each handler, and so holds for all that a process logs, its libraries' lines included.
In a process that is not ours (heat-engine) each text is made fit where it is logged.
"""

import copy
import logging
import re
import sys
import threading
from typing import Any

from customresource_bridge.protocol.printing import LONGEST_LINE, each_line, without_text

LOG = logging.getLogger(__name__)

_BEGINS_A_LINE = re.compile(r"\n(?!  )")
"""A line that is indented is the last record's: where an error was raised, or a handler's output."""


class LinesFormatter(logging.Formatter):
    """Formats a record as another formatter does; whatever the message holds, it is one record to a reader of lines."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        message = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            message = f"{message}: {without_text(error)}"
        if error is not None or len(message) > LONGEST_LINE or not message.isprintable():
            record = copy.copy(record)
            record.msg, record.args = each_line(_BEGINS_A_LINE.sub(" ", message)), None
            record.exc_info = record.exc_text = None
        return self._formatted(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """Return an error as text, as oslo.log sends it to systemd's journal beside the record."""
        return each_line(without_text(ei[1])) if ei[1] is not None else ""

    def _formatted(self, record: logging.LogRecord) -> str:
        if sys.exc_info()[0] is None:
            return self._formatter.format(record)
        # To a warning oslo.log adds what the error says that is being handled, unless it is one of a few kinds.
        try:
            raise KeyError  # noqa: TRY301 - not to be raised, but to be what is handled
        except KeyError:
            return self._formatter.format(record)


def keep_to_lines(logger: logging.Logger | None = None) -> None:
    """Have each handler of a logger, by default the root, keep to its lines."""
    for handler in (logger or logging.getLogger()).handlers:
        if not isinstance(handler.formatter, LinesFormatter):
            handler.setFormatter(LinesFormatter(handler.formatter or logging.Formatter()))


def log_ends_of_threads() -> None:
    """Have the log say of an error that nobody caught that it ended a thread, as oslo.log has it for the main thread.

    Python writes it to standard error otherwise, with all that it says.
    """
    threading.excepthook = _thread_ended


def _thread_ended(end: threading.ExceptHookArgs) -> None:
    if end.exc_type is not SystemExit and end.exc_value is not None:
        LOG.critical("Thread %s ended", end.thread.name if end.thread else "", exc_info=end.exc_value)
