"""One batched query for the executions of all projects, where Mistral's policy allows it. For operator mode.

Worth it where many projects have work at the same time; the others watch for themselves.
"""

from datetime import datetime

from customresource_bridge.bridge.watch import Watch, Watcher
from customresource_bridge.clients.mistral import Mistral


class WholeCloud:
    """Asks for the executions of all projects: ids and states, nothing of what is in them."""

    def __init__(self, mistral: Mistral) -> None:
        self._mistral = mistral

    def finished_since(self, moment: datetime) -> dict[str, str]:
        """Return the states, by id, of the cloud's executions that ended after ``moment``."""
        return self._mistral.finished_since(moment, all_projects=True)


class CloudWatch:
    """The one watcher, and what each project's bridge takes for its own.

    :param watcher: it looks at the requests of all projects.
    """

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.start = watcher.start
        self.stop = watcher.stop

    def sharing(self) -> Watch:
        """Return a project's share, which begins and ends without the others."""
        return _Share(self._watcher)


class _Share:
    def __init__(self, watcher: Watcher) -> None:
        self.wake = watcher.wake

    def start(self) -> None:
        """Nothing is to be done."""

    def stop(self) -> None:
        """Nothing is to be done."""
