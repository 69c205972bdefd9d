"""Finds the template in a folder, and reads the code that lies beside a template. It follows no link."""

import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.port.handlers.code_folders import Files, ReadFolder

_TEMPLATES = ("*.template.json", ".aws-sam/build/template.yaml", "template.yaml", "template.yml", "template.json")
MOST_FILES = 5000
MOST_BYTES = 256 * 1024 * 1024
"""What Lambda takes of one function, unpacked: 250 MB."""


def template_in(path: Path) -> Path:
    """Return the template in a folder (of the CDK's, ``cdk.out``, or of SAM's), or the path itself if it is none.

    :raises ConfigurationError: there is none in it, there are several, or the path can be none.
    """
    try:
        if not path.is_dir():
            return path
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    for pattern in _TEMPLATES:
        found = sorted(path.glob(pattern))
        if len(found) > 1:
            names = ", ".join(file.name for file in found[:10])
            raise ConfigurationError(f"{path} has several templates: name one of {names}")
        if found:
            return found[0]
    raise ConfigurationError(f"{path} has no template: name the file")


def reader_beside(template: Path) -> ReadFolder:
    """Return what reads code by its path from a template's folder, and nothing that lies outside of that."""
    base = template.absolute().parent.resolve()

    @lru_cache
    def read(path: str) -> Files | None:
        place = _place(base, path)
        if place is None:
            return None
        try:
            found = dict(_in_folder(place) if place.is_dir() else _packed(place))
        except (OSError, ValueError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise ConfigurationError(f"{place}: {error}") from error
        return found or None

    return read


def _place(base: Path, path: str) -> Path | None:
    """Return the folder or zip file at a path that a template names, or None where there is none below ``base``."""
    try:
        place = (base / path).resolve()
        found = base in place.parents and (place.is_dir() or zipfile.is_zipfile(place))
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, a circle of links
        return None
    return place if found else None


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())
    for number, file in enumerate(files):
        size += file.stat().st_size
        _check(number, size)
        yield file.relative_to(folder).as_posix(), file.read_bytes()


def _packed(file: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    with zipfile.ZipFile(file) as archive:
        for number, entry in enumerate(archive.infolist()):
            name = PurePosixPath(entry.filename)
            if entry.is_dir() or name.is_absolute() or ".." in name.parts:
                continue
            size += entry.file_size
            _check(number, size)
            yield str(name), archive.read(entry)


def _check(number: int, size: int) -> None:
    if number >= MOST_FILES or size > MOST_BYTES:
        raise ValueError(f"more than {MOST_FILES} files or {MOST_BYTES} bytes are no function's code")
