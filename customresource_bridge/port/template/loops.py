"""Writes out the loops of AWS::LanguageExtensions (Fn::ForEach) whose list is in the template. Pure.

A loop over what only a stack knows, such as a parameter, stays as it is, and the report says so: Heat has no loop over
entries.
"""

import re
from dataclasses import replace
from typing import Any

from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.template.constants import constant_text
from customresource_bridge.port.template.load import MAX_BYTES, MAX_VALUES
from customresource_bridge.port.template.tree import Document, Map, Seq, key_line, line_of

_PREFIX = "Fn::ForEach::"
_PARTS = 3
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")


def unrolled(document: Document) -> Document:
    """Return the template with the entries that its loops make.

    :raises TemplateError: they make more than a template may have.
    """
    unrolling = _Unrolling()
    root = unrolling.value(document.root, {})
    return replace(document, root=root, size=document.size + unrolling.made)


class _Unrolling:
    def __init__(self) -> None:
        self.made = 0
        self._letters = 0

    def value(self, value: Any, known: dict[str, str]) -> Any:
        """Return a value with its loops written out.

        :param known: what the loops around it stand at, by their identifiers.
        """
        if isinstance(value, Map):
            return self._map(value, known)
        if isinstance(value, Seq):
            result = Seq(line=value.line)
            for item, line in zip(value, value.lines, strict=True):
                result.put(self.value(item, known), line=line)
            return result
        if isinstance(value, str):
            return self._text(value, known)
        if known:
            self._count(value)
        return value

    def _text(self, text: str, known: dict[str, str]) -> str:
        made = _substituted(text, known)
        if known:
            self._count(text, letters=len(made))
        return made

    def _map(self, value: Map, known: dict[str, str]) -> Any:
        if len(value) == 1 and known and str(value.get("Ref")) in known:
            return known[value["Ref"]]
        result = Map(line=line_of(value))
        for key, item in value.items():
            loop = _loop(item, known) if key.startswith(_PREFIX) else None
            if loop is None:
                result.put(self._text(key, known), self.value(item, known), line=key_line(value, key))
                continue
            name, items, body = loop
            for text in items:
                self._count(value)  # a pass that makes nothing takes its time, too
                self._merge(result, self.value(body, {**known, name: text}))
        return result

    @staticmethod
    def _merge(result: Map, made: Map) -> None:
        for key, item in made.items():
            result.put(key, item, line=key_line(made, key))

    def _count(self, at: Any, *, letters: int = 0) -> None:
        self.made += 1
        self._letters += letters
        if self.made > MAX_VALUES or self._letters > MAX_BYTES:
            raise TemplateError("Fn::ForEach makes too much", "loop over less", line=line_of(at))


def _loop(argument: Any, known: dict[str, str]) -> tuple[str, list[str], Map] | None:
    """Return a loop's identifier, its texts and its body, or None where a list only a stack knows is looped over."""
    if not isinstance(argument, Seq) or len(argument) != _PARTS:
        return None
    name, items, body = argument
    if not isinstance(name, str) or not isinstance(items, Seq) or not isinstance(body, Map):
        return None
    texts = [constant_text(_Unrolling().value(item, known)) for item in items]
    found = [text for text in texts if text is not None]
    return (name, found, body) if len(found) == len(texts) else None


def _substituted(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace("${" + name + "}", value).replace("&{" + name + "}", _NO_LETTER.sub("", value))
    return text
