"""Reads as much as can be read of the JSON object in a body that may be broken, cut, packed or in another encoding.

It takes a body's members one by one, so that one that is wrong costs no other. It says what is wrong with the whole,
and does not judge what the members mean. Work and memory are linear in the size of the body.
"""

import codecs
import json
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from customresource_bridge.protocol.fields import json_name

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's way to ask for gzip's header."""
_BLANK = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'"(?=((?:[^"\\]|\\.)*))\1(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
"""What matters for finding the end of a value: strings, of which the last may be cut, brackets and commas."""
_LONGEST_ESCAPE = 6
_NAMELESS = ""
_MOST_WRONG = 100
"""How many members may be wrong until the rest is given up: each costs a look at the whole body."""
_PYTHON_MEMBER = re.compile(r"'(\w{1,40})': '([^'\\]*)'")
_FORM = re.compile(r"[A-Za-z_]{1,30}=")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read.

    :ivar members: the object's members that are whole.
    :ivar problem: what is wrong with the body as one JSON object; empty where nothing is.
    :ivar doubled: names of members that came twice, or with a key twice in their value.
    :ivar cut: the one member whose text was still going on where the body ended, as far as it came.
    """

    members: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    doubled: frozenset[str] = frozenset()
    cut: Mapping[str, str] = field(default_factory=dict, repr=False)


def salvage(raw: bytes | str, *, limit: int) -> Salvaged:
    """Return what can be read of ``raw``.

    :param limit: the most bytes that a packed body is unpacked to.
    """
    if isinstance(raw, bytes):
        raw = _unpacked(raw, limit)
        if len(raw) > limit:
            return _by_member(_text(_decoded(raw)), f"has more than {limit} bytes")
        raw = _decoded(raw)
    text = _text(raw)
    if not text:
        return Salvaged(problem="has no text")
    if not text.startswith("{"):
        return _no_object(text)
    if text.startswith("{'"):
        return _python_text(text)
    doubled: list[bool] = []
    try:
        value = _decoder(doubled).decode(text)
    except (ValueError, RecursionError) as error:
        return _by_member(text, _problem(error))
    return _by_member(text, "") if doubled else Salvaged(value)


def _text(raw: str) -> str:
    return _unwrapped(raw.lstrip("\ufeff").strip(" \t\r\n\0"))


def _unpacked(raw: bytes, limit: int) -> bytes:
    if not raw.startswith(_GZIP):
        return raw
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(raw, limit + 1)
    except zlib.error:
        return raw


def _decoded(raw: bytes) -> str:
    encoding = json.detect_encoding(raw)
    if not encoding.startswith("utf-8"):
        return raw.decode(encoding, "replace")
    try:
        # A body that was cut may end within a letter; that is no sign of another encoding.
        return codecs.getincrementaldecoder("utf-8")().decode(raw.removeprefix(codecs.BOM_UTF8))
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _unwrapped(text: str) -> str:
    """Return the object's text where it was encoded once too often: as a JSON string, or as a form's value."""
    if text[:3].upper() == "%7B":
        return unquote_plus(text).strip()
    if text.startswith('"'):
        try:
            inner = json.loads(text, strict=False)
        except ValueError:
            return text
        return inner.strip() if inner.lstrip().startswith("{") else text
    return text


def _no_object(text: str) -> Salvaged:
    if _FORM.match(text):
        # The pairs say clearly what they say; what stood in an object or a list of the sender's is lost.
        pairs = parse_qsl(text, max_num_fields=None, errors="replace")
        return Salvaged(dict(pairs), "is a form", frozenset(_repeated([name for name, _ in pairs])))
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        return Salvaged(problem=_problem(error))
    return Salvaged(problem=f"is {json_name(value)}")


def _python_text(text: str) -> Salvaged:
    """Return what can be read of a dictionary's own text, which is sent in place of its JSON."""
    outer = text[1:].partition("{")[0]  # what follows may belong to a dictionary within
    return Salvaged(dict(_PYTHON_MEMBER.findall(outer)), "is the text of a Python dictionary, and no JSON")


def _repeated(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _decoder(doubled: list[bool]) -> json.JSONDecoder:
    def from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            doubled.append(True)
        return result

    # Not strict: a line break in a text is clear enough.
    return json.JSONDecoder(object_pairs_hook=from_pairs, strict=False)


def _problem(error: Exception) -> str:
    """Return where it broke, without quoting the text."""
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON ({error.msg.removesuffix(' at')} at character {error.pos})"
    if isinstance(error, RecursionError):
        return "is not valid JSON (nested too deeply)"
    return "is not valid JSON (a number too large)"


def _by_member(text: str, problem: str) -> Salvaged:
    members: dict[str, Any] = {}
    names: list[str] = []
    inside: list[bool] = []
    doubled: set[str] = set()
    cut: dict[str, str] = {}
    decoder = _decoder(inside)
    place = 1 if text.startswith("{") else None
    wrong = 0
    while place is not None and wrong < _MOST_WRONG:
        inside.clear()
        name, start = _name(decoder, text, _after_blanks(text, place))
        try:
            value, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            wrong += 1
            cut |= _cut_text(name, text, start)
        else:
            members[name] = value
            names.append(name)
        if inside:
            doubled.add(name)
        place = _next_member(text, start)
    members.pop(_NAMELESS, None)
    return Salvaged(members, problem, frozenset(doubled | _repeated(names)), cut)


def _name(decoder: json.JSONDecoder, text: str, place: int) -> tuple[str, int]:
    """Return the name of the member that begins at ``place``, and where its value begins."""
    if not text.startswith('"', place):
        return _NAMELESS, place
    try:
        name, end = decoder.raw_decode(text, place)
    except ValueError:
        return _NAMELESS, place
    end = _after_blanks(text, end)
    return (name, _after_blanks(text, end + 1)) if text.startswith(":", end) else (_NAMELESS, place)


def _cut_text(name: str, text: str, start: int) -> dict[str, str]:
    if not text.startswith('"', start) or _next_member(text, start) is not None:
        return {}
    for lost in range(_LONGEST_ESCAPE + 1):  # it may have been cut within an escape
        try:
            return {name: json.loads(text[start : len(text) - lost] + '"', strict=False)}
        except ValueError:
            continue
    return {}


def _after_blanks(text: str, place: int) -> int:
    found = _BLANK.match(text, place)
    return found.end() if found else place


def _next_member(text: str, place: int) -> int | None:
    """Return where the member after the value at ``place`` begins, or None where there is none."""
    depth = 0
    for found in _MARK.finditer(text, place):
        mark = found[0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
            if depth < 0:
                return None
        elif mark == "," and depth == 0:
            return found.end()
    return None
