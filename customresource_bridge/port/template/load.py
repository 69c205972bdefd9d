"""Reads a CloudFormation template's text, JSON or YAML, into a tree with line numbers and comments.

libyaml reads the syntax, in a tenth of the time that ruamel.yaml takes for it in Python. What it does not take, or
where it is not there, that one reads, and says why it cannot. Everything hostile ends in one TemplateError that says
what and where.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from ruamel.yaml import YAML, nodes
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from yaml.composer import Composer as FastComposer
from yaml.resolver import Resolver

from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.template.tree import Comment, Document, Map, Repetition, Seq

MAX_BYTES = 1024 * 1024
"""The largest template that CloudFormation itself takes."""
MAX_VALUES = 100_000
"""How many values a template may have once its aliases are written out."""
_MAX_NODES = 2 * MAX_VALUES
"""The same before they are written out: in a map a key is one, too."""
MAX_DEPTH = 60

_TAG = "tag:yaml.org,2002:"
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_BRACKET = re.compile(r"[\[\]{}]")
_MAX_OPEN = 1000
_MAX_DIGITS = 300
"""A float has about as many; Python reads no integer of more than 4,300."""
_REREAD = 2_000_000
"""How many characters are read once more for the sake of tabs."""
_HASH = re.compile(r"(?:^|(?<=\s))#")
ScalarNode = nodes.ScalarNode | yaml.ScalarNode
SequenceNode = nodes.SequenceNode | yaml.SequenceNode
MappingNode = nodes.MappingNode | yaml.MappingNode
Node = nodes.Node | yaml.Node
_Parser: Any = getattr(yaml.cyaml, "CParser", None) if yaml.__with_libyaml__ else None
_PROPERTIES = re.compile(r"(?:[!&]\S*(?:\s|#[^\n]*)*)+")
"""Tag and anchor before a scalar, with what stands between them and it."""
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL_POINT = re.compile(r"[-+]?[0-9]+\.[0-9]+\Z")
_TEXT_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|(?:^|(?<=[\s,{}\[\]]))(//|/\*)', re.DOTALL)
_ESCAPED_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_ENDS_LINE = re.compile("[\x85\u2028\u2029]")
_BOM = "\ufeff"


def load(raw: bytes) -> Document:
    """Return the template in ``raw``.

    :raises TemplateError: it is too large, broken, recursive or no map.
    """
    text = _decode(raw)
    _check_nesting(text)
    try:
        text, node = _composed(text)
        comments = _comments(text, node)
    except RecursionError:
        raise TemplateError("The template is nested too deeply", "flatten it") from None
    except (YAMLError, ValueError, AttributeError, IndexError) as cause:  # the last two: scanner slips on hostile text
        raise _broken(cause) from cause
    if not isinstance(node, MappingNode):
        raise TemplateError("The template is no map of sections", "give a CloudFormation template in JSON or YAML")
    builder = _Builder()
    root = builder.build(node, ())
    return Document(root, comments, tuple(builder.repeated), builder.made)


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise TemplateError(
            f"The template is larger than {MAX_BYTES} bytes, CloudFormation's own limit", "split it into stacks"
        )
    try:
        text = raw.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as cause:
        line = raw[: cause.start].count(b"\n") + 1
        raise TemplateError("The template is not UTF-8", "convert it", line=line) from None
    if not text.lstrip().startswith("{"):
        return text
    _check_comments(text)
    return _json_as_yaml(text)


def _check_comments(text: str) -> None:
    # YAML takes some of them for keys or values, and for others it says something else.
    found = next((match for match in _TEXT_OR_COMMENT.finditer(text) if match[1]), None)
    if found is None:
        return
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        line = text[: found.start(1)].count("\n") + 1
        raise TemplateError(
            "The template is JSON with comments, which JSON has not", "remove them", line=line
        ) from None


def _check_nesting(text: str) -> None:
    # The scanner looks ahead over all open brackets at once: a hundred thousand of them would take it a minute.
    depth = 0
    for bracket in _BRACKET.findall(text):
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        if depth > _MAX_OPEN:
            raise TemplateError("The template is nested too deeply", "flatten it")


def _json_as_yaml(text: str) -> str:
    # JSON is YAML but for this: a tab (always white space there), and letters that YAML takes as escapes only.
    return _ESCAPED_IN_YAML.sub(lambda match: f"\\u{ord(match.group()):04x}", text.replace("\t", " "))


def _composed(text: str) -> tuple[str, Node | None]:
    """Compose ``text``, and return it as it was read."""
    try:
        # libyaml takes these for the end of a line, as YAML 1.1 does and JSON does not.
        is_plain = _Parser and not _ENDS_LINE.search(text)
        node = _FastComposer(text).get_single_node() if is_plain else None
    except (yaml.YAMLError, ValueError, RecursionError):
        node = None
    return (text, node) if node is not None else _spaced(text)


def _spaced(text: str) -> tuple[str, Node | None]:
    """Compose ``text``; where only a tab between two tokens is in the way, which YAML allows, with blanks instead."""
    budget = _REREAD
    while True:
        try:
            return text, _reader().compose(text)
        except MarkedYAMLError as error:
            at = error.problem_mark.index if error.problem_mark else len(text)
            end = at + len(text[at:]) - len(text[at:].lstrip("\t"))
            budget -= len(text)
            if end == at or budget < 0 or not text[:at].rpartition("\n")[2].strip():
                raise  # no tab, or one that indents
            text = text[:at] + " " * (end - at) + text[end:]


def _reader() -> YAML:
    reader = YAML(typ="safe", pure=True)
    reader.Composer = _Composer
    return reader


class _FastComposer(FastComposer, _Parser or object, Resolver):  # type: ignore[misc]
    """The same as ``_Composer``, by libyaml's parser."""

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        FastComposer.__init__(self)
        Resolver.__init__(self)
        self._left = _MAX_NODES

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _too_many("split it into stacks", self.peek_event().start_mark.line + 1)
        return super().compose_node(parent, index)


class _Composer(Composer):
    """Ends early what has far too much: to read a megabyte of single letters takes a minute."""

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        self._left = _MAX_NODES

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            line = self.parser.peek_event().start_mark.line + 1
            raise _too_many("split it into stacks", line)
        return super().compose_node(parent, index)


def _too_many(remedy: str, line: int) -> TemplateError:
    return TemplateError(f"The template has more than {MAX_VALUES} values", remedy, line=line)


def _broken(cause: Exception) -> TemplateError:
    mark = cause.problem_mark if isinstance(cause, MarkedYAMLError) else None
    problem = (cause.problem if isinstance(cause, MarkedYAMLError) else None) or "unreadable"
    return TemplateError(
        f"The template is neither valid YAML nor valid JSON ({problem})",
        "correct it there, or just above",
        line=mark.line + 1 if mark else 0,
    )


def _comments(text: str, root: Node | None) -> dict[int, Comment]:
    """Find the comments: whatever follows a ``#`` that no scalar covers."""
    if "#" not in text:
        return {}
    covered = bytearray(len(text))
    for node in _scalars(root):
        start, end = node.start_mark.index, node.end_mark.index
        if text[start : start + 1] in {"!", "&"} and (before := _PROPERTIES.match(text, start)):
            start = min(before.end(), end)
        covered[start:end] = b"x" * (end - start)
    found: dict[int, Comment] = {}
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        column = _comment_column(line, covered[at : at + len(line)])
        if column is not None:
            found[number] = Comment(line[column + 1 :].rstrip(), not line[:column].strip())
        at += len(line)
    return found


def _scalars(root: Node | None) -> Iterator[ScalarNode]:
    """Yield the scalars, keys too, each once: what an alias repeats stands where it was first."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode):
            yield node
        elif isinstance(node, MappingNode | SequenceNode) and id(node) not in seen:
            seen.add(id(node))
            for part in node.value:
                waiting += part if isinstance(part, tuple) else (part,)


def _comment_column(line: str, covered: bytearray) -> int | None:
    for match in _HASH.finditer(line):
        if not covered[match.end() - 1]:
            return match.end() - 1
    return None


class _Builder:
    """Makes a tree of a node graph, within limits (an alias is written out each time it is used)."""

    def __init__(self) -> None:
        self.repeated: list[Repetition] = []
        self._left = MAX_VALUES
        self._open: set[int] = set()

    @property
    def made(self) -> int:
        """How many values were built."""
        return MAX_VALUES - self._left

    def build(self, node: Node, path: tuple[str, ...]) -> Any:
        """Return what ``node`` stands for; ``path`` leads to it."""
        line = node.start_mark.line + 1
        self._left -= 1
        if self._left < 0:
            raise _too_many("use fewer aliases, or split it into stacks", line)
        if len(path) > MAX_DEPTH:
            raise TemplateError(f"The template nests deeper than {MAX_DEPTH} levels", "flatten it", line=line)
        if id(node) in self._open:
            raise TemplateError("An alias contains itself", "write the value out", line=line)
        self._open.add(id(node))
        value = _tagged(node, self._plain(node, path), line)
        self._open.remove(id(node))
        return value

    def _plain(self, node: Node, path: tuple[str, ...]) -> Any:
        if isinstance(node, MappingNode):
            return self._map(node, path)
        if isinstance(node, SequenceNode):
            items = Seq(line=node.start_mark.line + 1)
            for item in node.value:
                items.put(self.build(item, (*path, "-")), line=item.start_mark.line + 1)
            return items
        return _scalar(node) if isinstance(node, ScalarNode) else None

    def _map(self, node: MappingNode, path: tuple[str, ...]) -> Map:
        result = Map(line=node.start_mark.line + 1)
        merged: list[Map] = []
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise TemplateError("A key is no plain text", "write the key as text", line=line)
            name = _joined(key.value)
            built = self.build(value, (*path, name))
            if key.tag == f"{_TAG}merge":
                merged += [part for part in (built if isinstance(built, Seq) else [built]) if isinstance(part, Map)]
                continue
            if name in result:
                self.repeated.append(Repetition((*path, name), line, result.lines[name]))
            result.put(name, built, line=line)
        for part in merged:
            for name in part:
                if name not in result:
                    result.put(name, part[name], line=part.lines[name])
        return result


def _scalar(node: ScalarNode) -> Any:
    tag, text = str(node.tag), _joined(node.value)
    if not node.style and tag in {f"{_TAG}bool", f"{_TAG}str"} and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]  # YAML 1.1's, which is CloudFormation's
    if tag == f"{_TAG}null":
        return None
    if tag in {f"{_TAG}int", f"{_TAG}float"}:
        # Only what JSON would call a number: 0123, 1:30 and 1_000 are ids and times that the author forgot to quote.
        if len(text) > _MAX_DIGITS and (_DECIMAL.match(text) or _DECIMAL_POINT.match(text)):
            line = node.start_mark.line + 1
            raise TemplateError(f"A number has more than {_MAX_DIGITS} digits", "put it in quotes", line=line)
        if _DECIMAL.match(text):
            return int(text)
        return float(text) if _DECIMAL_POINT.match(text) else text
    return text


def _joined(text: str) -> str:
    # JSON writes what lies beyond 16 bits as two escapes, and YAML reads them one by one.
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise TemplateError("A text is no valid Unicode", "remove the lone surrogate") from None


def _tagged(node: Node, value: Any, line: int) -> Any:
    tag = str(node.tag or "")
    if not tag.startswith("!") or tag == "!":
        if tag.startswith(_TAG) and tag.removeprefix(_TAG) not in _KNOWN_TAGS:
            raise TemplateError(f"CloudFormation knows no tag {tag[:80]}", "remove it", line=line)
        return value
    name = tag.removeprefix("!")
    name = name if name in {"Ref", "Condition"} else f"Fn::{name}"
    result = Map(line=line)
    if name == "Fn::GetAtt" and isinstance(value, str):
        resource, _, attribute = value.partition(".")
        value = [resource, attribute]
    result.put(name, value, line=line)
    return result


_KNOWN_TAGS = frozenset({"map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "binary", "value"})
