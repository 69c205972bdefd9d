"""Keeps secrets, the ResponseURL's above all, out of what a handler prints and of what is said of its end."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import unquote, urlsplit

_LONGEST_LINE = 4000
_NO_WORD = 16
"""Shorter parts of a URL may well be words of their own."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Replaces what only the ResponseURL's bearer may know, or the handler alone."""

    secrets: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, event: Mapping[str, Any], secrets: Iterable[str] = ()) -> "Mask":
        """Return the mask for an event's ResponseURL, which most handlers print.

        :param secrets: others, which the handler was given.
        """
        url = str(event.get("ResponseURL", ""))
        parts = urlsplit(url)
        tail = parts.path.rsplit("/", 1)[-1]
        texts = [text for text in (url, tail, unquote(tail), parts.query) if len(text) > _NO_WORD]
        return cls(tuple(text.encode("utf-8", "replace") for text in (*texts, *filter(None, secrets))))

    def text(self, text: str) -> str:
        """Return ``text`` without the secret."""
        return self._masked(text.encode("utf-8", "replace")).decode()

    def lines(self, stream: IO[bytes]) -> Iterator[str]:
        """Return a stream's lines without the secret; those that are very long in pieces."""
        # A piece may end within a secret: as much as the longest has is kept for the next one.
        held, kept = max(map(len, self.secrets), default=0), b""
        for raw in iter(lambda: stream.readline(_LONGEST_LINE), b""):
            masked = self._masked(kept + raw)
            ends = len(masked) if raw.endswith(b"\n") else max(0, len(masked) - held)
            kept = masked[ends:]
            if ends:
                yield _shown(masked[:ends])
        if kept:
            yield _shown(kept)

    def _masked(self, raw: bytes) -> bytes:
        for secret in self.secrets:
            raw = raw.replace(secret, b"***")
        return raw


def _shown(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\n")
