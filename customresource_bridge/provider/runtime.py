"""By which program a handler is called: Python or Node by a worker of ours, any other by Lambda's own interface."""

import sys
from pathlib import Path

from customresource_bridge.compat import StrEnum

_HERE = Path(__file__).parent
BOOTSTRAP = "bootstrap"
"""The program that Lambda's custom runtimes start."""
_NODE = (".js", ".mjs", ".cjs")


class Runtime(StrEnum):
    """What a handler is written for."""

    PYTHON = "python"
    NODE = "node"
    PROVIDED = "provided"

    @property
    def reserves_addresses(self) -> bool:
        """Whether its programs reserve far more addresses than they use, as Node's, Java's and .NET's do."""
        return self is not Runtime.PYTHON


def command(runtime: Runtime, *, python: str) -> list[str]:
    """Return what is started for each request.

    :param python: the handler's own Python, where it is written in that.
    """
    if runtime is Runtime.NODE:
        return ["node", str(_HERE / "workers" / "invoke.js")]
    if runtime is Runtime.PROVIDED:
        return [sys.executable, str(_HERE / "workers" / "runtime_api.py")]
    return [python, str(_HERE / "invoke.py")]


def recognise_runtime(handler: str, folder: Path) -> Runtime:
    """Return the runtime by the file that a handler is in, Python where nothing says another."""
    module = handler.partition(":")[0] if ":" in handler else handler.rpartition(".")[0]
    place, _, name = module.rpartition("/")
    if (folder / place / f"{name.replace('.', '/')}.py").is_file():
        return Runtime.PYTHON
    if any((folder / place / f"{name.partition('.')[0]}{ending}").is_file() for ending in _NODE):
        return Runtime.NODE
    return Runtime.PROVIDED if (folder / BOOTSTRAP).is_file() else Runtime.PYTHON
