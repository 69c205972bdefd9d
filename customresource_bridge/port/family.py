"""Loads a template and, by way of its nested stacks, those that lie beside it; says who passes ServiceTokens to whom.

It reads by what is handed in, at most ``MOST_TEMPLATES`` and to Heat's own depth. What it does not load it does not
leave out silently: each nested stack without a template has its reason.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from customresource_bridge.port.beside import ReadTemplate, TemplateFile
from customresource_bridge.port.context import NestedStack, NotPorted
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.handlers.find import leaves, nested_output
from customresource_bridge.port.handlers.service_tokens import token_parameters
from customresource_bridge.port.names import digest, file_name, name_of_path
from customresource_bridge.port.template.constants import constant_text
from customresource_bridge.port.template.load import MAX_BYTES, MAX_VALUES, load
from customresource_bridge.port.template.loops import unrolled
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import Document

ROOT_FILE = "template.yaml"
MOST_TEMPLATES = 100
MOST_BYTES = 4 * MAX_BYTES
MOST_VALUES = MAX_VALUES
"""What all templates of one run may have together: as much as one alone, so that they take no longer than that."""
_BYTES_OF_A_VALUE = 10
DEEPEST = 5
"""Heat's own default, ``max_nested_stack_depth``."""
_TEMPLATE_OF = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_TAKEN = ("", "template", "environment")
_UNNAMED = "Stack"
_ASSET = re.compile(r"(?:.*/)?([0-9a-f]{16,128}\.(?:json|ya?ml|template))")
_ALONE = "port it by itself"
_FETCH = "port the template as it was before it was uploaded, or put that one beside this one and name it by its path"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMember:
    """One template among those that are ported together.

    :ivar path: of its source, from the first template's folder; empty for the first itself.
    :ivar name: what it is called among them; empty for the first itself.
    :ivar nested: the source's path of each nested stack whose template is ported too.
    :ivar refused: why not, for each of the others.
    :ivar height: how many levels of nested stacks it has.
    """

    path: str
    name: str
    document: Document
    template: Template
    nested: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, NotPorted] = field(default_factory=dict)
    height: int = 0

    @property
    def file(self) -> str:
        """The file of its port."""
        return f"{self.name}.yaml" if self.name else ROOT_FILE

    def beside(self, path: str) -> str:
        """Return the path, from the first template's folder, of what this one names by ``path``."""
        return _joined(self.path, path)

    def as_nested(self, added: Mapping[str, str], definitions: Mapping[str, Any], outputs: Any) -> NestedStack:
        """Return what a parent has to know once this template is ported.

        :param added: the added parameters by what they stand for, and their ``definitions`` by their names.
        """
        return NestedStack(
            file=self.file,
            declared={name: "Default" in declared for name, declared in self.template.parameters.items()},
            added={key: (name, definitions[name]) for key, name in added.items()},
            outputs=frozenset(outputs),
        )


def family(raw: bytes, read: ReadTemplate) -> list[FamilyMember]:
    """Return the template in ``raw`` and those of its nested stacks, each behind those that it nests.

    :raises TemplateError: the first one cannot be read, or is none.
    """
    loader = _Loader(read)
    loader.add(raw, "", ())
    return _with_outputs(_with_parameters(_named(loader.members, loader.named_by)))


class _RefusedError(Exception):
    """A nested stack's template is not ported; the two arguments are the reason and the remedy."""


class _Loader:
    """Loads each template once, those that it nests before it."""

    def __init__(self, read: ReadTemplate) -> None:
        self.members: dict[str, FamilyMember] = {}
        self.named_by: dict[str, set[str]] = {}
        self._read = read
        self._known: dict[str, TemplateFile | None] = {}
        self._bytes = 0
        self._values = 0
        self._refused: dict[str, _RefusedError] = {}

    def add(self, raw: bytes, path: str, above: tuple[str, ...]) -> FamilyMember:
        document = self._document(raw)
        template = Template.of(document)
        nested: dict[str, str] = {}
        refused: dict[str, NotPorted] = {}
        height = 0
        for stack in template.resources:
            if template.type_of(stack) in _TEMPLATE_OF:
                try:
                    member = self._nested(stack, template, path, (*above, path))
                    nested[stack], height = member.path, max(height, member.height + 1)
                except _RefusedError as error:
                    refused[stack] = NotPorted(*error.args)
        made = FamilyMember(
            path=path, name="", document=document, template=template, nested=nested, refused=refused, height=height
        )
        self.members[path] = made
        return made

    def _document(self, raw: bytes) -> Document:
        """Return what a template says, as long as all together say no more than they may."""
        try:
            document = unrolled(load(raw))
        except TemplateError:
            self._values += len(raw) // _BYTES_OF_A_VALUE  # to find it broken takes its time, too
            raise
        if self._values and self._values + document.size > MOST_VALUES:
            self._values = MOST_VALUES
            raise TemplateError(f"with it, all templates would have more than {MOST_VALUES} values", _ALONE)
        self._values += document.size
        return document

    def _nested(self, name: str, template: Template, beside: str, above: tuple[str, ...]) -> FamilyMember:
        for place in _places(name, template):
            source = self._source(_joined(beside, place))
            if source is None:
                continue
            if source.path in above:
                raise _RefusedError(f"its template {source.path} nests itself", "have it nest another one")
            known = self.members.get(source.path)
            if len(above) + (known.height if known else 0) > DEEPEST:
                remedy = "make one template of two"
                raise _RefusedError(f"it is nested deeper than {DEEPEST} levels, which Heat refuses", remedy)
            self.named_by.setdefault(source.path, set()).add(name)
            return known or self._added(source, above)
        raise _RefusedError(*_missing(name, template))

    def _source(self, path: str) -> TemplateFile | None:
        if path not in self._known:
            if len(self._known) >= MOST_TEMPLATES or self._bytes > MOST_BYTES:
                reason = f"with it, there would be more than {MOST_TEMPLATES} templates, or {MOST_BYTES} bytes of them"
                raise _RefusedError(reason, _ALONE)
            if self._values >= MOST_VALUES:
                raise _RefusedError(f"with it, all templates would have more than {MOST_VALUES} values", _ALONE)
            found = self._known[path] = self._read(path)
            self._bytes += len(found.content) if found else 0
        return self._known[path]

    def _added(self, source: TemplateFile, above: tuple[str, ...]) -> FamilyMember:
        if source.path in self._refused:
            raise self._refused[source.path]
        try:
            return self.add(source.content, source.path, above)
        except TemplateError as error:
            where = f"{source.path}:{error.line}" if error.line else source.path
            refused = _RefusedError(f"its template {where} cannot be ported ({error.problem})", error.remedy)
            self._refused[source.path] = refused
            raise refused from error


def _named(members: Mapping[str, FamilyMember], named_by: Mapping[str, set[str]]) -> list[FamilyMember]:
    """Return the members with their names, whatever their order: those that want one name have a digest each."""
    wanted = {path: _wanted(path, named_by[path]) for path in members if path}
    all_of_them = Counter([*_TAKEN, *(name.lower() for name in wanted.values())])
    found = []
    for path, member in members.items():
        name = wanted.get(path, "")
        is_alone = not path or all_of_them[name.lower()] == 1
        found.append(replace(member, name=name if is_alone else f"{name}-{digest(path)}".lstrip("-")))
    return found


def _wanted(path: str, stacks: set[str]) -> str:
    """Return what a template is to be called: by its path, or by its nested stack where that is but a hash of it."""
    return file_name(min(stacks), nameless=_UNNAMED) if _ASSET.fullmatch(path) else name_of_path(path)


def _joined(path: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), other))


def _places(name: str, template: Template) -> Iterator[str]:
    """Yield where a nested stack's template may lie, as the CDK, SAM and the AWS command have it."""
    metadata = template.resources[name].get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
    if isinstance(asset, str):
        yield asset
    value = template.properties(name).get(_TEMPLATE_OF[template.type_of(name)])
    path = constant_text(value)
    if path and "://" not in path:
        yield path
    uploaded = _ASSET.fullmatch(text_with_gaps(value)) if value is not None else None
    if uploaded:
        yield uploaded[1]


def _missing(name: str, template: Template) -> tuple[str, str]:
    key = _TEMPLATE_OF[template.type_of(name)]
    value = template.properties(name).get(key)
    if value is None:
        return f"it has no {key}", "name its template by its path"
    if isinstance(value, dict) and "ApplicationId" in value:
        return "its template is in AWS's repository of applications", "port that application's template"
    where = " ".join(text_with_gaps(value).split())[:200]
    if "://" in where:
        return f"its template is at {where}, which port does not fetch", _FETCH
    return (
        f"its template {where} does not lie beside this one",
        "put it there: port reads nothing outside of that folder",
    )


def _with_parameters(members: Any) -> list[FamilyMember]:
    """Return the members with what their nested stacks take for ServiceTokens; those that are nested come first."""
    taking: dict[str, frozenset[str]] = {}
    found = []
    for member in members:
        passed = {name: taking[path] for name, path in member.nested.items()}
        template = replace(member.template, nested=frozenset(member.nested), passed_tokens=passed)
        taking[member.path] = token_parameters(template)
        found.append(replace(member, template=template))
    return found


def _with_outputs(members: Sequence[FamilyMember]) -> list[FamilyMember]:
    """Return the members with which of their outputs are ServiceTokens of those that nest them."""
    shown: dict[str, set[str]] = {member.path: set() for member in members}
    found = []
    for member in reversed(members):
        outputs = frozenset(shown[member.path] & member.template.outputs.keys())
        template = replace(member.template, token_outputs=outputs, is_nested=bool(member.path))
        for _user, token in template.tokens():
            for leaf in leaves(token):
                resource, output = nested_output(leaf, template) or ("", "")
                if resource:
                    shown[member.nested[resource]].add(output)
        found.append(replace(member, template=template))
    return found[::-1]
