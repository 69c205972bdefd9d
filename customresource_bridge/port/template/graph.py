"""Reads off the template which resource refers to which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from customresource_bridge.port.template.constants import pieces
from customresource_bridge.port.template.tree import function_of, walk

MAX_STEPS = 200_000
"""How many steps the search for the order through left-out resources takes at most; each name found is one, too."""
_ATTRIBUTES_WITHOUT_REFERENCES = frozenset({"Type", "DependsOn", "Condition"})


@dataclass(frozen=True, slots=True)
class Order:
    """What resources waited for by way of resources that are left out.

    :ivar first: the resources that each one waited for; none that it names itself.
    :ivar complete: whether that is all; the search ends after ``MAX_STEPS``.
    """

    first: Mapping[str, tuple[str, ...]]
    complete: bool = True


def references(value: Any) -> set[str]:
    """Return every name that ``value`` refers to: resources, parameters and pseudo parameters alike."""
    found: set[str] = set()
    for part in walk(value):
        name, argument = function_of(part) or ("", None)
        if name == "Ref" and isinstance(argument, str):
            found.add(argument)
        elif name == "Fn::GetAtt":
            found |= _get_att(argument)
        elif name == "Fn::Sub":
            found |= _sub(argument)
    return found


def _get_att(argument: Any) -> set[str]:
    if isinstance(argument, str):
        return {argument.split(".", 1)[0]}
    return {argument[0]} if isinstance(argument, list) and argument and isinstance(argument[0], str) else set()


def _sub(argument: Any) -> set[str]:
    text = argument[0] if isinstance(argument, list) and argument else argument
    own = argument[1] if isinstance(argument, list) and len(argument) > 1 and isinstance(argument[1], dict) else {}
    if not isinstance(text, str):
        return set()
    names = {piece[0] for piece in pieces(text) if isinstance(piece, tuple)}
    return {name.split(".", 1)[0] for name in names if name not in own}


def resource_references(resource: dict[str, Any]) -> set[str]:
    """Return the names that a resource refers to, leaving out what it merely waits for."""
    return references({key: value for key, value in resource.items() if key not in _ATTRIBUTES_WITHOUT_REFERENCES})


def waited_for(resource: dict[str, Any]) -> set[str]:
    """Return the names in a resource's DependsOn."""
    names = resource.get("DependsOn")
    return {name for name in (names if isinstance(names, list) else [names]) if isinstance(name, str)}


def order_through(resources: Mapping[str, dict[str, Any]], left_out: frozenset[str]) -> Order:
    """Return the order among the other resources that the ones ``left_out`` kept up between them."""
    before = {
        name: (resource_references(resource) | waited_for(resource)) & resources.keys()
        for name, resource in resources.items()
    }
    search = _Search(before, left_out)
    found: dict[str, tuple[str, ...]] = {}
    for name in resources:
        if name not in left_out:
            first = search.kept_behind(frozenset(before[name] & left_out)) - before[name] - {name}
            if first:
                found[name] = tuple(sorted(first))
    return Order(found, complete=search.left >= 0)


class _Search:
    """Finds the kept resources behind left-out ones, each set of these once, for a limited number of steps."""

    def __init__(self, before: Mapping[str, set[str]], left_out: frozenset[str]) -> None:
        self.left = MAX_STEPS
        self._before, self._left_out = before, left_out
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def kept_behind(self, names: frozenset[str]) -> frozenset[str]:
        if names not in self._known:
            self._known[names] = frozenset(self._kept_behind(names))
        self.left -= len(self._known[names])
        return self._known[names]

    def _kept_behind(self, names: frozenset[str]) -> Iterator[str]:
        waiting, seen = list(names), set(names)
        while waiting and self.left >= 0:
            others = self._before[waiting.pop()] - seen
            self.left -= len(others) + 1
            seen |= others
            waiting += others & self._left_out
            yield from others - self._left_out


def attributes_read(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Return the attributes of each resource that ``value`` reads anywhere, in order."""
    found: dict[str, dict[str, None]] = {}
    for part in walk(value):
        name, argument = function_of(part) or ("", None)
        for resource, attribute in _attributes(name, argument):
            found.setdefault(resource, {})[attribute] = None
    return {resource: tuple(attributes) for resource, attributes in found.items()}


def _attributes(name: str, argument: Any) -> Iterator[tuple[str, str]]:
    if name == "Fn::GetAtt":
        words = argument.split(".", 1) if isinstance(argument, str) else argument
        if isinstance(words, list) and len(words) > 1:
            yield str(words[0]), str(words[1])
    if name == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) and argument else argument
        for piece in pieces(text) if isinstance(text, str) else ():
            resource, dot, attribute = piece[0].partition(".") if isinstance(piece, tuple) else ("", "", "")
            if dot:
                yield resource, attribute
