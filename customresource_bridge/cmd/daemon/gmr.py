"""The Guru Meditation report, as every OpenStack service has it: SIGUSR2 writes threads, options and what is in flight.

It goes to stderr, or into ``[oslo_reports] log_dir``. It shows lines of code and never their variables; options that
are secret are masked.
"""

import os
import signal
from collections.abc import Callable, Mapping
from importlib.metadata import version
from threading import Thread
from typing import Any

from oslo_log import log as oslo_log

LOG = oslo_log.getLogger(__name__)


class _Version:
    """What oslo.reports asks for a service's version."""

    def vendor_string(self) -> str:
        return "customresource-bridge"

    def product_string(self) -> str:
        return "customresource-bridge"

    def version_string_with_package(self) -> str:
        return version("customresource-bridge")


class GuruMeditation:
    """One process's report. Made in its main thread: only there Python lets a signal be heard.

    :param conf: the process's own configuration; oslo.reports by itself would show the empty global one.
    """

    def __init__(self, conf: Any, *, name: str) -> None:
        self._report: Any = None
        try:
            self._report = _report(conf)
        except ModuleNotFoundError as error:
            missing = error.name
            signal.signal(signal.SIGUSR2, lambda *_: _say_missing(missing))
            return
        options = conf.oslo_reports
        # With the process's id: several workers may be asked in the same second.
        arguments = (_Version(), f"{name}-{os.getpid()}", options.log_dir)
        if options.file_event_handler:
            self._report.setup_autorun(*arguments, conf=conf)
            return
        # In a thread, and not as setup_autorun has it in the signal's handler: that runs in the midst of whatever the
        # main thread does, and would wait for ever for a lock that the main thread holds.
        write = self._report.handle_signal
        signal.signal(signal.SIGUSR2, lambda *_: Thread(target=write, args=(*arguments, None), name="report").start())

    def show(self, title: str, content: Callable[[], Mapping[str, str]]) -> None:
        """Have the report show something more."""
        if self._report is not None:
            self._report.register_section(title, lambda: _model(content()))


def _report(conf: Any) -> Any:
    from oslo_reports import guru_meditation_report, opts  # noqa: PLC0415 - an extra: most do without it
    from oslo_reports.generators.conf import ConfigReportGenerator  # noqa: PLC0415 - as above

    class GuruMeditationReport(guru_meditation_report.TextGuruMeditation):  # type: ignore[misc] # untyped
        """With sections of its own: oslo.reports keeps them in the class."""

    opts.set_defaults(conf)
    GuruMeditationReport.register_section("Configuration of this process", ConfigReportGenerator(conf))
    return GuruMeditationReport


def _model(content: Mapping[str, str]) -> Any:
    from oslo_reports.models.with_default_views import ModelWithDefaultViews  # noqa: PLC0415 - see above

    return ModelWithDefaultViews(dict(content) or {"none": ""})


def _say_missing(name: str | None) -> None:
    LOG.warning("no report: %s is missing: pip install 'customresource-bridge[observe]'", name)
