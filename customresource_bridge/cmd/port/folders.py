"""Finds the template in a folder, and reads the code that lies beside a template. It follows no link."""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.port.beside import NO_CODE, CodeFolder, ReadFolder, ReadTemplate, TemplateFile
from customresource_bridge.port.names import is_nameless, without_ending
from customresource_bridge.port.template.load import MAX_BYTES

_TEMPLATES = (
    ("*.template.json", "assembly-*/**/*.template.json"),
    (".aws-sam/build/template.yaml",),
    ("template.yaml",),
    ("template.yml",),
    ("template.json",),
)
"""Where a folder's template is looked for: the CDK has those of a stage's stacks in an assembly within its own."""
_NESTED = ".nested.template.json"
"""What the CDK calls the template of a nested stack."""
_BUILD = (".aws-sam", "build")
_MANIFEST = "manifest.json"
"""What makes a folder an assembly of the CDK's."""
MOST_FILES = 5000
MOST_BYTES = 256 * 1024 * 1024
"""What Lambda takes of one function, unpacked: 250 MB."""
MOST_BYTES_IN_ALL = 4 * MOST_BYTES
_RUNS = 0o111


def template_in(path: Path) -> Path:
    """Return the template in a folder (of the CDK's, ``cdk.out``, or of SAM's), or the path itself if it is none.

    :raises ConfigurationError: there is none in it, there are several, or the path can be none.
    """
    try:
        if not path.is_dir():
            return path
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    for patterns in _TEMPLATES:
        files = sorted(file for pattern in patterns for file in path.glob(pattern))
        found = [file for file in files if not file.name.endswith(_NESTED)]
        if len(found) > 1:
            names = ", ".join(str(file.relative_to(path)) for file in found[:10])
            raise ConfigurationError(f"{path} has several templates: name one of {names}")
        if found:
            return found[0]
    raise ConfigurationError(f"{path} has no template: name the file")


def stack_name(template: Path) -> str:
    """Return what a template's stack is called: by its file, or by its folder where that says nothing."""
    name = without_ending(template.name)
    if not is_nameless(name):
        return name
    folder = _whole(template.parent)
    return (folder.parents[1] if folder.parts[-2:] == _BUILD else folder).name


def name_of_folder(folder: Path) -> str:
    """Return what a folder is called, also where it is named by the way to it, such as ``..``."""
    return _whole(folder).name


def _whole(folder: Path) -> Path:
    return Path(os.path.normpath(folder.absolute()))  # a link keeps its own name


def reader_beside(template: Path) -> ReadFolder:
    """Return what reads code by its path from a template's folder, and nothing that lies outside of that.

    The assembly of a stage of the CDK's has its code in the one that it lies in: that may be read, too.
    """
    return _Reader(_assemblies(template.absolute().parent.resolve())).read


def _assemblies(folder: Path) -> tuple[Path, ...]:
    """Return a template's folder and, where it is the assembly of a stage, those that it lies in."""
    found = [folder]
    while found[-1].name.startswith("assembly-") and (found[-1].parent / _MANIFEST).is_file():
        found.append(found[-1].parent)
    return tuple(found)


def templates_beside(template: Path) -> ReadTemplate:
    """Return what reads nested stacks' templates by their paths from a template's folder, and nothing outside of that.

    The CDK names such a template by what it is called when it is uploaded: its list of assets has its path.
    """
    base = template.absolute().parent.resolve()
    uploaded = cache(_uploaded)

    def read(path: str) -> TemplateFile | None:
        try:
            place = (base / uploaded(base).get(PurePosixPath(path).name, path)).resolve()
            if base not in place.parents or not place.is_file():
                return None
            with place.open("rb") as file:
                return TemplateFile(place.relative_to(base).as_posix(), file.read(MAX_BYTES + 1))
        except (OSError, ValueError, RuntimeError):  # too long, with a NUL, a circle of links
            return None

    return read


def _uploaded(base: Path) -> Mapping[str, str]:
    """Return the paths of the CDK's assets by the names that they are uploaded by."""
    found: dict[str, str] = {}
    # Neither links, which may lead anywhere, nor what has no end.
    manifests = (file for file in sorted(base.glob("*.assets.json")) if file.is_file() and not file.is_symlink())
    for manifest in manifests:
        try:
            with manifest.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
            files = json.loads(text if len(text) <= MAX_BYTES else b"")["files"]
            for asset in files.values():
                found.update((place["objectKey"], asset["source"]["path"]) for place in asset["destinations"].values())
        except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
            continue  # another's file of that name
    return {name: path for name, path in found.items() if isinstance(name, str) and isinstance(path, str)}


class _Reader:
    """Reads each place once; all that it has read stays within ``MOST_BYTES_IN_ALL``."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._left = MOST_BYTES_IN_ALL
        self._known: dict[Path, CodeFolder] = {}

    def read(self, path: str) -> CodeFolder:
        top = self._folders[-1]
        place = next((found for folder in self._folders if (found := _place(folder, top, path))), None)
        if place is None:
            return NO_CODE
        if place not in self._known:
            self._known[place] = self._found(place, place.relative_to(top).as_posix())
        return self._known[place]

    def _found(self, place: Path, name: str) -> CodeFolder:
        try:
            found = list(_in_folder(place, self._left) if place.is_dir() else _packed(place, self._left))
        except (OSError, ValueError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            return CodeFolder(problem=f"{name}, which was not read ({reason})")
        self._left -= sum(len(file.content) for file in found)
        return CodeFolder(
            files={file.name: file.content for file in found},
            programs=frozenset(file.name for file in found if file.runs),
        )


class _File(NamedTuple):
    name: str
    content: bytes
    runs: bool


def _place(base: Path, top: Path, path: str) -> Path | None:
    """Return the folder or zip file at a path from ``base``, or None where there is none below ``top``."""
    try:
        place = (base / path).resolve()
        found = top in place.parents and (place.is_dir() or (place.is_file() and zipfile.is_zipfile(place)))
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, a circle of links
        return None
    return place if found else None


def _in_folder(folder: Path, left: int) -> Iterator[_File]:
    size = 0
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())
    for number, file in enumerate(files):
        status = file.stat()
        size += status.st_size
        _check(number, size, left)
        yield _File(file.relative_to(folder).as_posix(), file.read_bytes(), bool(status.st_mode & _RUNS))


def _packed(file: Path, left: int) -> Iterator[_File]:
    size = 0
    with zipfile.ZipFile(file) as archive:
        names = [PurePosixPath(entry.filename) for entry in archive.infolist() if not entry.is_dir()]
        folders = {folder for name in names for folder in name.parents}
        for number, entry in enumerate(archive.infolist()):
            name = PurePosixPath(entry.filename)
            if entry.is_dir() or name.is_absolute() or ".." in name.parts:
                continue
            if name in folders or not name.parts:
                raise ValueError(f"{str(name)[:80]!r} is a file and a folder in it")
            size += entry.file_size
            _check(number, size, left)
            yield _File(str(name), archive.read(entry), bool(entry.external_attr >> 16 & _RUNS))


def _check(number: int, size: int, left: int) -> None:
    if number >= MOST_FILES:
        raise ValueError(f"it has more than {MOST_FILES} files, the most that port takes of one function")
    if size > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes, the most that port takes of one function")
    if size > left:
        raise ValueError(f"with it, the code would be more than {MOST_BYTES_IN_ALL} bytes, the most that port takes")
