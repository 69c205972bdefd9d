"""Says how much a bridge does at once for one project: pure, from the operator's lines.

A limit holds in one process. Processes do not ask each other: what a project has in the whole cloud is at most the
limit times their number.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from customresource_bridge.bridge.settings import Settings
from customresource_bridge.errors import ConfigurationError

_FIELDS = {"running": "max_running", "in_flight": "max_in_flight", "workers": "workers"}
_LIMIT = re.compile(r"(\w+)=([1-9][0-9]{0,8})")
_FORM = "write '<project id> running=<n> in_flight=<n> workers=<n>', or some of the three, each from 1 on"


class ProjectLimits:
    """The projects that have limits of their own.

    :raises ConfigurationError: a line cannot be read, or a project has two.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._limits: dict[str, Mapping[str, Any]] = {}
        for line in lines:
            project_id, limits = _parse(line)
            if project_id in self._limits:
                raise ConfigurationError(f"[operator] project_limit: project {project_id} has two lines: keep one")
            self._limits[project_id] = limits

    def settings_for(self, project_id: str, settings: Settings) -> Settings:
        """Return a project's settings.

        :param settings: what a project has without a line of its own.
        """
        return replace(settings, **self._limits.get(project_id, {}))


def _parse(line: str) -> tuple[str, Mapping[str, Any]]:
    project_id, *words = line.split() or [""]
    found = [_LIMIT.fullmatch(word) for word in words]
    limits = {_FIELDS[one[1]]: int(one[2]) for one in found if one is not None and one[1] in _FIELDS}
    if not re.fullmatch(r"[\w-]+", project_id) or not limits or len(limits) != len(words):
        raise ConfigurationError(f"[operator] project_limit = {line}: {_FORM}")
    return project_id, limits
