"""Notices that a file was changed, by looking at the files' times twice a second.

A handler's folder has some dozens of files, and looking at them costs a millisecond: that is no reason for a compiled
library and its watches, which network file systems and containers' mounts do not serve anyway.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

EVERY = 0.5
"""Seconds between two looks."""
_NOT_OURS = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
_WATCHED = (".py", ".json", ".js", ".mjs", ".yaml", ".yml")
_MOST = 5000
"""Files. A folder with more is none that a handler is written in; the first ones are watched."""

Times = Mapping[str, int]


def times(folder: Path, files: Iterable[Path] = ()) -> Times:
    """Return when each source file below a folder, and each of ``files``, was changed last."""
    found: dict[str, int] = {}
    for place in [*_sources(folder), *map(str, files)]:
        try:
            found[place] = os.stat(place).st_mtime_ns  # noqa: PTH116 - a text is all that is needed
        except OSError:
            continue  # it was just deleted, or is being written
        if len(found) >= _MOST:
            break
    return found


def _sources(folder: Path) -> Iterable[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS and not name.startswith("."))
        yield from (f"{place}/{name}" for name in sorted(names) if name.endswith(_WATCHED))


def wait_for_change(before: Times, look: Callable[[], Times], *, sleep: Callable[[float], None]) -> list[str]:
    """Wait until a look finds something else than ``before``, and return the files that changed."""
    while (after := look()) == before:
        sleep(EVERY)
    return sorted(place for place in {*before, *after} if before.get(place) != after.get(place))
