"""Opens the journal of a queue: a file that two queues of one name, of two projects or clouds, do not share by default.

In a file that they do share, by ``--state``, each finds its own requests alone. It does no call of its own to a cloud.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from customresource_bridge.provider.queue.journal import Journal

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class QueueHome:
    """Where a queue is. Nothing of a pre-signed URL but this: another signature of it names the same queue.

    :ivar endpoint: Zaqar's.
    """

    endpoint: str
    project_id: str

    def name_of(self, queue: str) -> str:
        """Return what no other queue is called, fit for a file's name."""
        home = f"{self.endpoint.rstrip('/')}\n{self.project_id}"
        return f"{queue}-{sha256(home.encode()).hexdigest()[:_DIGITS]}"


def opened_journal(
    asked: Path | None, queue: str, home: Callable[[], QueueHome], *, is_needed: bool, now: float
) -> Journal:
    """Return a queue's journal, in a file where that is asked for or needed, or else in memory.

    :param asked: the file, where one was named.
    :param home: says where the queue is; asked for a file alone, since Keystone may have to say it.
    :param now: what is of no use any more by then is forgotten.
    :raises ServiceError: Keystone does not say it.
    :raises ConfigurationError: the file cannot be used.
    """
    if asked is None and not is_needed:
        return Journal(queue)
    name = home().name_of(queue)
    return Journal(name, asked or default_file(name), now=now)


def default_file(name: str) -> Path:
    """Return the file where none was named."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "customresource-bridge" / f"{name}.sqlite"
