"""What a log's lines hold, whatever was logged."""

import io
import json
import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from oslo_config import cfg
from oslo_log import handlers
from oslo_log import log as oslo_log
from oslo_log.formatters import ContextFormatter, JSONFormatter

from customresource_bridge import log_lines
from customresource_bridge.log_lines import keep_to_lines, log_ends_of_threads

HOSTILE = "a\x1b[31mred\r\n2026-01-01 CRITICAL forged\x00\u202e\u2028b\x85c\x9b"


class Log:
    """A logger that writes into a text."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self.logger = logging.getLogger("of-mine")
        self.logger.handlers.clear()
        self.logger.filters.clear()
        self.logger.setLevel(logging.INFO)
        self.logger.propagate = False
        self.logger.addHandler(logging.StreamHandler(self._text))
        self.logger.handlers[0].setFormatter(logging.Formatter("at %(levelname)s %(message)s"))
        keep_to_lines(self.logger)

    def lines(self) -> list[str]:
        return self._text.getvalue().removesuffix("\n").split("\n")


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_hostile_text_is_one_line_that_no_terminal_obeys(log: Log) -> None:
    log.logger.warning("%s: %s", "mine", HOSTILE)
    log.logger.warning(HOSTILE)
    lines = log.lines()
    assert len(lines) == 2
    assert all(line.isprintable() and line.startswith("at WARNING ") for line in lines)
    assert lines[0] == "at WARNING mine: a?[31mred  2026-01-01 CRITICAL forged?? b c?"


@pytest.mark.parametrize("letter", ["y", "\U0001f600", "\x1b"])
def test_no_line_is_so_long_that_the_journal_makes_records_of_it(log: Log, letter: str) -> None:
    log.logger.warning("%s FORGED", letter * 64 * 1024)
    (line,) = log.lines()
    assert len(line.encode()) < 48 * 1024
    assert "FORGED" not in line


def test_a_record_in_json_is_one_line_and_one_object(log: Log) -> None:
    log.logger.handlers[0].setFormatter(JSONFormatter())
    keep_to_lines(log.logger)
    log.logger.warning("%s: %s", HOSTILE, "\ud800" + "y" * 64 * 1024, extra={"RequestId": HOSTILE})
    try:
        int(HOSTILE)
    except ValueError:
        log.logger.exception("unexpected error")
    lines = log.lines()
    assert all(line.isprintable() for line in lines)
    first, second = (json.loads(line) for line in lines)
    assert first["message"].isprintable()
    assert second["message"].startswith("unexpected error: ValueError in\n  File ")
    assert second["message"].replace("\n", " ").isprintable()
    assert second["error_summary"] == ""


def test_a_fit_message_stays_as_it_is(log: Log) -> None:
    log.logger.info("%d of %s: é 漢", 3, "all")
    assert log.lines() == ["at INFO 3 of all: é 漢"]


def test_of_an_error_its_type_its_place_and_its_causes_are_shown_and_nothing_that_they_say(log: Log) -> None:
    try:
        try:
            int(HOSTILE)
        except ValueError as error:
            raise LookupError(HOSTILE) from error
    except LookupError:
        log.logger.exception("unexpected error")
    lines = log.lines()
    assert lines[0] == "at ERROR unexpected error: LookupError in"
    assert [line for line in lines if "came from" in line] == ["  which came from ValueError in"]
    assert sum(Path(__file__).name in line for line in lines) == 2
    assert all(line.isprintable() and "forged" not in line for line in lines)
    assert all(line.startswith("  ") for line in lines[1:])


def test_of_an_error_that_is_being_handled_nothing_is_added(log: Log) -> None:
    """As oslo.log does, to warnings."""
    conf = cfg.ConfigOpts()
    oslo_log.register_options(conf)
    conf([])
    log.logger.handlers[0].setFormatter(ContextFormatter(config=conf))
    try:
        json.loads(HOSTILE)
    except json.JSONDecodeError:
        log.logger.warning("as it comes")
        unkept = log.lines()
        keep_to_lines(log.logger)
        log.logger.warning("as it is kept")
    assert unkept[-1].endswith(" as it comes: json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)")
    assert log.lines()[len(unkept) :][-1].endswith(" as it is kept")


def test_what_the_journal_is_sent_beside_a_record_says_nothing_of_what_an_error_says(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As oslo.log does, with use_journal."""
    sent: list[dict[str, Any]] = []

    def send(message: str, **fields: Any) -> None:
        sent.append({"MESSAGE": message, **fields})

    monkeypatch.setattr(handlers, "journal", SimpleNamespace(send=send))
    log.logger.addHandler(handlers.OSJournalHandler())
    keep_to_lines(log.logger)
    try:
        int(HOSTILE)
    except ValueError:
        log.logger.exception("unexpected error")
    (fields,) = sent
    assert fields["EXCEPTION_INFO"].startswith("ValueError in\n  File ")
    assert fields["EXCEPTION_TEXT"] == fields["EXCEPTION_INFO"]
    assert not any("forged" in str(field) for field in fields.values())


def test_a_line_that_is_indented_goes_on_with_its_record(log: Log) -> None:
    log.logger.error("printed:\n    one\x1b\n  two\nthree")
    assert log.lines() == ["at ERROR printed:", "    one?", "  two three"]


def test_the_record_itself_is_left_to_other_handlers(log: Log) -> None:
    kept: list[logging.LogRecord] = []
    log.logger.addFilter(lambda record: kept.append(record) is None)
    log.logger.warning("%s", HOSTILE)
    assert kept[0].getMessage() == HOSTILE


def test_an_error_that_ends_a_thread_is_logged_and_what_it_says_is_not(
    log: Log, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back at the end
    monkeypatch.setattr(log_lines, "LOG", log.logger)
    log_ends_of_threads()

    told = "https://answer.example/v1/responses/" + "token" * 3

    def ends() -> None:
        raise ValueError(told)

    def leaves() -> None:
        raise SystemExit(1)

    for number, target in enumerate((ends, leaves)):
        thread = threading.Thread(target=target, name=f"t{number}")
        thread.start()
        thread.join()
    first, *where = log.lines()
    assert first == "at CRITICAL Thread t0 ended: ValueError in"
    assert "in ends" in where[-2] or "in ends" in where[-1]
    assert told not in "\n".join([first, *where]) + "".join(capfd.readouterr())
    assert not [line for line in log.lines() if "t1" in line]
