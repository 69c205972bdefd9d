"""Heat as its users see it: stacks, resources and events, read as values. It changes nothing.

Lists are read page by page, and each value's texts are fit to be printed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from customresource_bridge import errors
from customresource_bridge.clients.heat.heat import SERVICE
from customresource_bridge.clients.http import ServiceClient, read
from customresource_bridge.clients.moments import moment
from customresource_bridge.protocol.naming import printable
from customresource_bridge.protocol.printing import in_clear

PAGE = 500
"""Stacks, or events, in a page."""
NESTED = 20
"""Levels of nested stacks that are looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSummary:
    """A stack in a list.

    :ivar status: with the action, as in CREATE_IN_PROGRESS.
    """

    id: str
    name: str
    status: str
    project_id: str = ""

    @property
    def in_progress(self) -> bool:
        """Whether Heat works on it."""
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """A resource in a list.

    :ivar status: with the action, as in CREATE_IN_PROGRESS.
    :ivar changed_at: when Heat last wrote its row.
    """

    stack_id: str
    stack_name: str
    project_id: str
    name: str
    resource_type: str
    status: str
    reason: str = ""
    physical_resource_id: str = ""
    changed_at: datetime | None = None

    @property
    def action(self) -> str:
        """What Heat does with it, or did last: CREATE, UPDATE, DELETE ..."""
        return self.status.partition("_")[0]

    @property
    def in_progress(self) -> bool:
        """Whether Heat works on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        """Whether the last that Heat did with it failed."""
        return self.status.endswith("_FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEvent:
    """Something that Heat wrote down about a resource."""

    id: str
    at: datetime | None
    stack_id: str
    resource: str
    resource_type: str
    status: str
    reason: str


class HeatReader(ServiceClient):
    """What a project's stacks are about, with the reader's own rights."""

    _SERVICE_TYPE = "orchestration"
    _TIMEOUT = 60.0

    def stacks(
        self, statuses: Sequence[str] = (), *, all_projects: bool = False, exactly: Mapping[str, str] | None = None
    ) -> Iterator[StackSummary]:
        """Yield the project's stacks that are nested in no other.

        :param statuses: IN_PROGRESS, FAILED, COMPLETE; none means all.
        :param all_projects: those of the whole cloud; Heat's default policy lets no user do so.
        :param exactly: Heat's own filters: ``name``, ``id``.
        """
        given = {"status": list(statuses), **(exactly or {}), **({"global_tenant": "true"} if all_projects else {})}
        marker: dict[str, str] = {}
        while True:
            page = self._list("/stacks", "stacks", {**given, "limit": str(PAGE), **marker})
            yield from (_stack(raw) for raw in page)
            if len(page) < PAGE:
                return
            marker = {"marker": str(page[-1]["id"])}

    def find(self, name_or_id: str) -> StackSummary:
        """Return the stack of a name or an id, also one that is nested in another.

        :raises NotFound: this project has none.
        """
        for key in ("name", "id"):
            for stack in self.stacks(exactly={key: name_or_id, "show_nested": "true"}):
                return stack
        raise errors.NotFound(SERVICE, "find the stack", f"none is named '{printable(name_or_id)}'")

    def resources(self, stack: StackSummary) -> list[StackResource]:
        """Return the resources of a stack and of those nested in it; none of a stack that is gone."""
        try:
            found = self._list(f"{_path(stack)}/resources", "resources", {"nested_depth": str(NESTED)})
        except errors.NotFound:
            return []
        return [_resource(raw, stack) for raw in found]

    def events(self, stack: StackSummary, *, after: str = "") -> Iterator[StackEvent]:
        """Yield the events of a stack and of those nested in it, oldest first.

        :param after: the id of an event: only later ones.
        """
        found = list(self._events(stack, {"nested_depth": str(NESTED)}, after))
        # Heat finds what is nested by the resources: of a stack that has none any more, and of a nested one, it finds
        # nothing.
        yield from found or self._events(stack, {}, after)

    def events_of(self, stack: StackSummary, resource: str) -> Iterator[StackEvent]:
        """Yield the events of a stack's resource, oldest first."""
        return self._events(stack, {"resource_name": resource}, "")

    def _events(self, stack: StackSummary, given: Mapping[str, str], after: str) -> Iterator[StackEvent]:
        params = {**given, "sort_dir": "asc", "limit": str(PAGE)}
        while True:
            page = self._list(f"{_path(stack)}/events", "events", {**params, **({"marker": after} if after else {})})
            yield from (_event(raw, stack) for raw in page)
            if len(page) < PAGE:
                return
            after = str(page[-1]["id"])

    def attribute(self, stack: StackSummary, resource: str, name: str) -> Mapping[str, Any]:
        """Return an attribute of a resource that is an object; an empty one where there is none of that name."""
        shown = self._get(f"{_path(stack)}/resources/{quote(resource, safe='')}", {"with_attr": name}).get("resource")
        attributes = shown.get("attributes") if isinstance(shown, Mapping) else None
        value = attributes.get(name) if isinstance(attributes, Mapping) else None
        return value if isinstance(value, Mapping) else {}

    def _list(self, path: str, what: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found = self._get(path, params).get(what)
        wanted = {"links"} if what == "resources" else {"links", "id"}
        if not isinstance(found, list) or not all(isinstance(item, Mapping) and wanted <= set(item) for item in found):
            raise errors.ServiceUnavailable(SERVICE, f"list {what}", "its answer cannot be read")
        return found

    def _get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        last = path.rpartition("/")[2]
        doing = f"list {last}" if last in {"stacks", "resources", "events"} else "show a resource"
        return read(self._adapter, path, params, service=SERVICE, doing=doing)


def _path(stack: StackSummary) -> str:
    return f"/stacks/{quote(stack.name, safe='')}/{stack.id}"


def _stack(raw: Mapping[str, Any]) -> StackSummary:
    return StackSummary(
        id=printable(str(raw.get("id") or "")),
        name=printable(str(raw.get("stack_name") or "")),
        status=printable(str(raw.get("stack_status") or "")),
        project_id=printable(str(raw.get("project") or _place(raw, "self").project_id)),
    )


def _resource(raw: Mapping[str, Any], root: StackSummary) -> StackResource:
    place = _place(raw, "stack", otherwise=root)
    return StackResource(
        stack_id=place.id,
        stack_name=place.name,
        project_id=root.project_id or place.project_id,
        name=str(raw.get("resource_name") or ""),
        resource_type=printable(str(raw.get("resource_type") or "")),
        status=printable(str(raw.get("resource_status") or "")),
        reason=in_clear(str(raw.get("resource_status_reason") or "")),
        physical_resource_id=printable(str(raw.get("physical_resource_id") or "")),
        changed_at=moment(raw.get("updated_time") or raw.get("creation_time")),
    )


def _event(raw: Mapping[str, Any], root: StackSummary) -> StackEvent:
    return StackEvent(
        id=str(raw.get("id") or ""),
        at=moment(raw.get("event_time")),
        stack_id=_place(raw, "stack", otherwise=root).id,
        resource=str(raw.get("resource_name") or ""),
        resource_type=printable(str(raw.get("resource_type") or "")),
        status=printable(str(raw.get("resource_status") or "")),
        reason=in_clear(str(raw.get("resource_status_reason") or "")),
    )


def _place(raw: Mapping[str, Any], rel: str, *, otherwise: StackSummary | None = None) -> StackSummary:
    """Return whose a link says that something is: ``.../v1/<project>/stacks/<name>/<id>``."""
    links = raw.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, Mapping) and link.get("rel") == rel:
            head, found, tail = urlsplit(str(link.get("href"))).path.partition("/stacks/")
            words = [printable(unquote(word)) for word in tail.split("/")]
            if found and len(words) > 1:
                project = head.rpartition("/")[2]
                return StackSummary(id=words[1], name=words[0], status="", project_id=project)
    return otherwise or StackSummary(id="", name="", status="")
