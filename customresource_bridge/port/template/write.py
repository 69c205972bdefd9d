"""Writes the ported template as YAML that Heat's reader understands alike, with the source's comments.

A comment stays with the key it stood above or beside; those of what was taken out go with it.
"""

import re
from io import StringIO
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from customresource_bridge.port.template.tree import Comment

_WIDTH = 110
_INDENT = 2
_ONLY_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_HEATS_READER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C where there is one, as Heat has it: ruamel's takes a third of a whole port."""
_HEADER = "%YAML 1.1\n---\n"


def write(template: dict[str, Any], comments: dict[int, Comment]) -> str:
    """Return the template's text."""
    text = _dump(_Commenter(comments).convert(template, 0))
    if not comments or _means(text, template):
        return text
    return _dump(_Commenter({}).convert(template, 0))  # a comment got in the way of the meaning


def _dump(data: Any) -> str:
    writer = YAML(typ="rt", pure=True)
    writer.version = (1, 1)  # what Heat reads: quotes "yes", "012" and the like
    writer.width = _WIDTH
    writer.indent(mapping=_INDENT, sequence=_INDENT * 2, offset=_INDENT)
    writer.representer.ignore_aliases = lambda *_args: True
    out = StringIO()
    writer.dump(data, out)
    return out.getvalue().removeprefix(_HEADER)


def _means(text: str, template: dict[str, Any]) -> bool:
    try:
        return bool(yaml.load(text, _HEATS_READER) == template)  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError):
        return False


class _Commenter:
    """Makes ruamel's own maps and lists of ours, each source line's comment once."""

    def __init__(self, comments: dict[int, Comment]) -> None:
        self._left = dict(comments)

    def convert(self, value: Any, indent: int) -> Any:
        if isinstance(value, dict):
            return self._map(value, indent)
        if isinstance(value, list):
            return CommentedSeq(self.convert(item, indent + _INDENT) for item in value)
        return _text(value) if isinstance(value, str) else value

    def _map(self, value: dict[str, Any], indent: int) -> CommentedMap:
        lines = getattr(value, "lines", {})
        result = CommentedMap()
        for key, item in value.items():
            line = lines.get(key, 0)
            above, beside = self._above(line), self._beside(line)
            name = _text(key, is_key=True)
            result[name] = self.convert(item, indent + _INDENT)
            if beside and (isinstance(item, dict | list) or "\n" in str(item)):
                above, beside = [*above, beside.strip()], ""
            if above:
                result.yaml_set_comment_before_after_key(name, before="\n".join(above), indent=indent)
            if beside:
                result.yaml_add_eol_comment(f"# {beside.strip()}", name)
        return result

    def _above(self, line: int) -> list[str]:
        found: list[str] = []
        at = line - 1
        while at > 0 and at in self._left and self._left[at].alone:
            found.insert(0, self._left.pop(at).text.removeprefix(" "))
            at -= 1
        return found

    def _beside(self, line: int) -> str:
        comment = self._left.get(line)
        if comment is None or comment.alone:
            return ""
        return self._left.pop(line).text


def _text(text: str, *, is_key: bool = False) -> Any:
    """Return a text in the style that says it best, or as it is where plain or quoted will do."""
    if _ONLY_ESCAPED.search(text):
        return DoubleQuotedScalarString(text)
    if "\n" in text and not is_key and _fits_block(text):
        return LiteralScalarString(text)
    return text


def _fits_block(text: str) -> bool:
    # A block cannot say a leading blank, a tab at a line's start, or a control character.
    lines = text.split("\n")
    return (
        not lines[0].startswith((" ", "\t"))
        and "\r" not in text
        and all(line == "" or (line.isprintable() and line.strip() != "") or "\t" in line for line in lines)
    )
