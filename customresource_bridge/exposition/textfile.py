"""Writes a process's figures into a folder, for node_exporter's textfile collector, again and again.

Each process has a file of its own, which it replaces as a whole: a reader sees the old one or the new one. Files of
processes that are gone are removed by those that live. A folder that cannot be written harms nothing else.
"""

import os
import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from oslo_log import log as oslo_log

from customresource_bridge.protocol.printing import without_text

LOG = oslo_log.getLogger(__name__)

INTERVAL = 15.0
STALE = 120.0
"""Seconds after which a file that was not replaced is a dead process's."""


def _in_thread(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="textfile", daemon=True).start()


class Textfile:
    """One process's file, from :meth:`start` on.

    :param folder: of node_exporter's ``--collector.textfile.directory``.
    :param part: what the process is a part of; one word.
    :param pid: returns the process's number.
    :param begin: has a thread call what never returns.
    """

    def __init__(
        self,
        folder: Path,
        part: str,
        exposition: Callable[[], bytes],
        *,
        pid: Callable[[], int] = os.getpid,
        begin: Callable[[Callable[[], None]], None] = _in_thread,
    ) -> None:
        self._folder = folder
        self._prefix = f"customresource_{part}_"
        self._exposition = exposition
        self._trouble = False
        self._pid = pid
        self._begin = begin
        self._writer: int | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Have a thread of this process write, once for each process: a fork's child begins anew."""
        pid = self._pid()
        if self._writer == pid:
            return
        with self._lock:
            if self._writer != pid:
                self._writer = pid
                self._say(self._beginning())

    def _beginning(self) -> str:
        try:
            self._begin(self._run)
        except RuntimeError as error:
            return str(error)
        return ""

    def write(self) -> None:
        """Write the file, and remove those of the dead; where that fails, say so once."""
        wrong = self._writing()
        if not self._trouble:
            self._say(wrong)
        self._trouble = bool(wrong)

    def _writing(self) -> str:
        try:
            self._replace()
            self._remove_stale()
        except OSError as error:
            return str(error)
        except Exception as error:  # the next one is written all the same
            return without_text(error)
        return ""

    def _say(self, wrong: str) -> None:
        # Not while it is handled: in heat-engine oslo.log would add the error's text.
        if wrong:
            LOG.warning("no figures are written into %s: %s", self._folder, wrong)

    @property
    def path(self) -> Path:
        """The file of this process."""
        host = re.sub(r"[^\w.-]", "_", socket.gethostname())
        return self._folder / f"{self._prefix}{host}_{self._pid()}.prom"

    def _replace(self) -> None:
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=self._prefix, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self._exposition())
                os.fchmod(file.fileno(), 0o644)  # node_exporter is another user
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _remove_stale(self) -> None:
        for file in self._folder.glob(f"{self._prefix}*"):
            with suppress(FileNotFoundError):  # another process was quicker
                if file != self.path and time.time() - file.stat().st_mtime > STALE:
                    file.unlink()

    def _run(self) -> None:
        while True:
            self.write()
            time.sleep(INTERVAL)
