"""Hashes that say whether something must be done again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of_files(paths: Iterable[Path], *texts: str) -> str:
    """Return a short hash of files' names and contents, and of some texts."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    for text in texts:
        digest.update(f"\0{text}".encode())
    return digest.hexdigest()[:16]


def matches(stamp: Path, value: str) -> bool:
    """Say whether the stamp file holds the value."""
    return stamp.is_file() and stamp.read_text() == value
