"""What lies beside a template, as values. It reads nothing: who has the files hands in what does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Files = Mapping[str, bytes]
"""A folder's files by their paths in it, with / between the parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFolder:
    """A function's code, in a folder or packed in a file.

    :ivar programs: which of its files may be run as a program.
    :ivar problem: where it is and why it was not read, in words; then it has no files.
    """

    files: Files = field(default_factory=dict, repr=False)
    programs: frozenset[str] = frozenset()
    problem: str = ""


NO_CODE = CodeFolder()
ReadFolder = Callable[[str], CodeFolder]
"""Reads a folder, or what is packed in a file, by its path from the template's folder."""


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template that lies beside the first one.

    :ivar path: from the first one's folder, with / between the parts.
    """

    path: str
    content: bytes = field(repr=False)


ReadTemplate = Callable[[str], TemplateFile | None]
"""Reads another template by its path from the first one's folder; None where there is none."""


def no_template(_path: str) -> None:
    """Read none: nothing lies beside the template."""
