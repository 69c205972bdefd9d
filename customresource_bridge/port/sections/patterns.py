r"""Translates Java's regular expressions, which CloudFormation's patterns are, into Python's, which Heat's are.

Only what is written otherwise in Python is changed: character classes within classes (``[a-z[0-9]]``), their
intersections (``[\w&&[^\d]]``), ``\p{Alpha}`` and its like, ``\Q...\E``, named groups, ``\z``; and ``\w``, which is
ASCII's in Java. What has no counterpart is not guessed.
"""

import re
import warnings
from collections.abc import Mapping

_POSIX: Mapping[str, str] = {
    "ASCII": r"\x00-\x7f",
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "Space": r" \t\n\x0b\f\r",
    "Upper": "A-Z",
    "XDigit": "0-9a-fA-F",
}
_ANCHORED = re.compile(r"(?<!\\)\$\)*\Z")
_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")
_ESCAPE = re.compile(r"\\(?:[pP]\{(\w+)\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^xupP])", re.DOTALL)
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")
_BACK = re.compile(r"\\k<(\w+)>")
_OTHERWISE = {r"\z": r"\Z", r"\Z": r"(?=\n?\Z)", r"\h": r"[ \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]"}
_SETS = frozenset({r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"})
_LETTERS = re.compile(r"(?<!\\)(?:\\\\)*\\[wWdDsSbB]")
_SPECIAL = frozenset("\\[]^-&~|")
_ANY = r"[\s\S]"


class _UntranslatableError(ValueError):
    """Python has no counterpart, or it is no pattern of Java's either."""


def python_pattern(java: str) -> str | None:
    """Return a pattern that Heat matches whole values with as Java does, or None where there is none."""
    try:
        translated = _Translation(java).whole()
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # Python's doubt about a class is no sure meaning
            re.compile(translated)
    except (_UntranslatableError, re.error, FutureWarning, RecursionError, OverflowError):
        return None
    return _anchored(_ascii(translated))


def _ascii(pattern: str) -> str:
    r"""Return a pattern whose ``\w`` and its like are those letters alone that they are in Java."""
    if not _LETTERS.search(pattern):
        return pattern
    flags = _FLAGS.match(pattern)
    return f"(?a{pattern[2:]}" if flags and "u" not in flags[0] else pattern if flags else f"(?a){pattern}"


def _anchored(pattern: str) -> str:
    """Return a pattern that matches a whole value or nothing, as Java's do.

    Heat takes what Python's ``match`` finds first and asks whether that is the whole value: for ``(|a)`` that would be
    the empty text, whatever the value.
    """
    if not re.search(r"[|?]", pattern) or all(_ANCHORED.search(choice) for choice in pattern.split("|")):
        return pattern
    flags = _FLAGS.match(pattern)
    end = flags.end() if flags else 0
    return f"{pattern[:end]}(?:{pattern[end:]})$"


class _Translation:
    """One pattern, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> str:
        parts = []
        while self._at < len(self._text):
            parts.append(self._part())
        return "".join(parts)

    def _part(self) -> str:
        letter = self._text[self._at]
        if letter == "[":
            return self._class()
        if letter == "\\":
            return self._escape()
        if self._take(_GROUP):
            return "(?P<"
        self._at += 1
        return letter

    def _escape(self) -> str:
        quoted = self._take(_QUOTED)
        if quoted:
            return re.escape(quoted[1])
        back = self._take(_BACK)
        if back:
            return f"(?P={back[1]})"
        written = self._escaped()
        return _OTHERWISE.get(written, written) if not written.startswith(("[", "\\p")) else written

    def _escaped(self) -> str:
        found = self._take(_ESCAPE)
        if found is None:
            raise _UntranslatableError
        if found[1] is None:
            return found[0]
        if found[1] not in _POSIX:
            raise _UntranslatableError
        return f"[{'^' if found[0][1] == 'P' else ''}{_POSIX[found[1]]}]"

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
        return found

    def _class(self) -> str:
        """Return what matches one letter of the class that begins here."""
        self._at += 1
        negated = self._skip("^")
        unions: list[str] = []
        first = True
        while not unions or not self._skip("]"):
            union = self._union(first=first)
            if union:
                unions.append(union)
            elif not unions or self._at >= len(self._text):
                raise _UntranslatableError
            first = False
        return _negated(unions) if negated else _intersected(unions)

    def _union(self, *, first: bool) -> str:
        """Return what matches one letter of what stands up to an intersection or the end."""
        plain = ""
        nested: list[str] = []
        while self._at < len(self._text):
            if self._skip("&&"):
                break
            if self._text[self._at] == "]" and not (first and not plain and not nested):
                break
            item = self._item()
            if item.startswith(("[", "(?:")):
                nested.append(item)
            else:
                plain += item
        choices = [*([f"[{plain}]"] if plain else []), *nested]
        return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})" if choices else ""

    def _item(self) -> str:
        if self._text[self._at] == "[":
            return self._class()
        low = self._letter()
        ranged = self._text[self._at : self._at + 1] == "-" and self._text[self._at + 1 : self._at + 2] not in {
            "",
            "]",
            "[",
        }
        if low.startswith("[") or low in _SETS or not ranged or self._text.startswith("-&&", self._at):
            return low
        self._at += 1
        return f"{low}-{self._letter()}"

    def _letter(self) -> str:
        if self._text[self._at] == "\\":
            written = self._escaped()
            if written in _OTHERWISE or written in {r"\Q", r"\E", r"\k"}:
                raise _UntranslatableError
            return written
        letter = self._text[self._at]
        self._at += 1
        return f"\\{letter}" if letter in _SPECIAL else letter

    def _skip(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found


def _intersected(unions: list[str]) -> str:
    if len(unions) == 1:
        return unions[0]
    return f"(?:{''.join(f'(?={union})' for union in unions[:-1])}{unions[-1]})"


def _negated(unions: list[str]) -> str:
    if len(unions) == 1 and unions[0].startswith("[") and not unions[0].startswith("[^"):
        return f"[^{unions[0][1:]}"
    return f"(?:(?!{_intersected(unions)}){_ANY})"
