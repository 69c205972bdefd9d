"""``customresource-bridge kit``: writes the operator's files that the package has, for a host to take.

It installs nothing, starts nothing, and replaces no file that differs.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from customresource_bridge.cmd.arguments import add_debug
from customresource_bridge.compat import Traversable
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol.printing import one_line

PACKAGE = "customresource_bridge"
_RUNBOOK = "runbook_url: "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--output-dir", type=Path, required=True, metavar="DIR", help="where the files are written")
    parser.add_argument(
        "--docs-url",
        default="",
        metavar="URL",
        help="where this documentation is served as web pages: each alert's runbook_url begins with it (default: "
        "runbook_url is the page's name alone)",
    )
    add_debug(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and print the name of each.

    :raises ConfigurationError: a file cannot be written, or another one is in its place.
    """
    for name, content in kit(docs_url=arguments.docs_url).items():
        path = arguments.output_dir / name
        try:
            _write(path, content)
        except OSError as error:
            raise ConfigurationError(f"{error.filename or path}: {error.strerror or error}") from error
        sys.stdout.write(one_line(str(path)) + "\n")
    return 0


def kit(*, docs_url: str = "") -> Mapping[str, bytes]:
    """Return the kit's files by their names, with the alerts' runbooks under a URL."""
    found = dict(sorted(_files(files(PACKAGE) / "kit")))
    if docs_url:
        url = f"{_RUNBOOK}{docs_url.rstrip('/')}/"
        found = {name: content.replace(_RUNBOOK.encode(), url.encode()) for name, content in found.items()}
    return found


def _files(folder: Traversable, *, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{above}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, above=f"{name}/")
        else:
            yield name, entry.read_bytes()


def _write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: a full disk leaves no half of it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.exists():  # a link is not followed
        if path.read_bytes() != content:
            raise ConfigurationError(f"{path} is there already and differs: choose another --output-dir")
        return
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half.open("xb") as file:
            file.write(content)
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
