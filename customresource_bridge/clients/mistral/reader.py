"""Mistral as its users see it: executions and tasks, read as values. It starts, stops and changes nothing.

An execution's output and a task's result are never asked for: a handler may have put secrets into them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from customresource_bridge import errors
from customresource_bridge.clients.http import ServiceClient, read
from customresource_bridge.clients.mistral.mistral import FINAL_STATES, SERVICE
from customresource_bridge.clients.moments import moment
from customresource_bridge.compat import UTC
from customresource_bridge.protocol.naming import printable

OPEN_STATES = ("IDLE", "RUNNING", "PAUSED", "DELAYED")
"""States of an execution that has not ended."""
FAILED_STATES = ("ERROR", "CANCELLED")
_RUNNING = ("RUNNING", "DELAYED")
"""States of a task that is at work, or waits to be tried again."""
_PAGE = 500
_LATEST = datetime.max.replace(tzinfo=UTC)
_FIELDS = (
    "id",
    "state",
    "state_info",
    "input",
    "description",
    "workflow_name",
    "project_id",
    "created_at",
    "updated_at",
)
_TASK_FIELDS = (
    "id",
    "name",
    "type",
    "state",
    "state_info",
    "workflow_execution_id",
    "workflow_name",
    "created_at",
    "updated_at",
    "started_at",
    "finished_at",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSummary:
    """A workflow execution in a list.

    :ivar state_info: Mistral's account of an ERROR or CANCELLED.
    :ivar updated_at: of one that has ended, when it did.
    """

    id: str
    state: str
    description: str = ""
    workflow_name: str = ""
    project_id: str = ""
    state_info: str = ""
    input: Mapping[str, Any] = field(default_factory=dict, repr=False)
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether it has ended."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSummary:
    """A task of an execution.

    :ivar state_info: Mistral's account of an ERROR.
    """

    id: str
    execution_id: str
    name: str
    state: str
    workflow_name: str = ""
    state_info: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


class MistralReader(ServiceClient):
    """The executions that the reader may see."""

    _SERVICE_TYPE = "workflowv2"
    _TIMEOUT = 60.0

    def executions(
        self, states: Sequence[str], *, all_projects: bool = False, most: int | None = None
    ) -> Iterator[ExecutionSummary]:
        """Yield executions in any of the states, those that began last first; sub-workflows stay out.

        :param all_projects: of the whole cloud; by Mistral's default policy, an administrator's right.
        :param most: how many at most.
        """
        params = {
            "fields": ",".join(_FIELDS),
            "nulls": "task_execution_id",
            "state": f"in:{','.join(states)}",
            "sort_keys": "created_at,id",
            "sort_dirs": "desc,desc",
            **({"all_projects": "true"} if all_projects else {}),
        }
        left = most
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            page, more = self._page("/executions", "executions", {**params, "limit": str(size)})
            yield from (_execution(raw) for raw in page)
            if not page or not more:
                return
            left = None if left is None else left - len(page)
            params["marker"] = str(page[-1]["id"])

    def execution(self, execution_id: str) -> ExecutionSummary | None:
        """Return an execution, or None where this project has none of that id."""
        try:
            return _execution(self._get(_path(execution_id), "show an execution", {"fields": ",".join(_FIELDS)}))
        except errors.NotFound:
            return None

    def tasks(self, execution_id: str) -> list[TaskSummary]:
        """Return the tasks of an execution and of its sub-workflows, in the order in which they began."""
        params = {"fields": "id", "root_execution_id": execution_id, "limit": "100"}
        subs = [str(raw["id"]) for raw in self._list("/executions", "executions", params)]
        found = [raw for key in (execution_id, *subs) for raw in self._tasks_of(key)]
        return sorted((_task(raw) for raw in found), key=lambda task: task.started_at or _LATEST)

    def running_tasks(self) -> list[TaskSummary]:
        """Return the tasks of the project that are at work, at most a page of them, those that began last first."""
        params = {
            "fields": ",".join(_TASK_FIELDS),
            "state": f"in:{','.join(_RUNNING)}",
            "sort_keys": "created_at",
            "sort_dirs": "desc",
            "limit": str(_PAGE),
        }
        return [_task(raw) for raw in self._list("/tasks", "tasks", params)]

    def _tasks_of(self, execution_id: str) -> list[Mapping[str, Any]]:
        params = {"fields": ",".join(_TASK_FIELDS), "limit": "200"}
        return self._list(f"{_path(execution_id)}/tasks", "tasks", params)

    def _list(self, path: str, what: str, params: Mapping[str, str]) -> list[Mapping[str, Any]]:
        return self._page(path, what, params)[0]

    def _page(self, path: str, what: str, params: Mapping[str, str]) -> tuple[list[Mapping[str, Any]], bool]:
        """Return a page and whether another follows: it may be shorter than was asked for, Mistral has a limit."""
        doing = f"list {what}"
        body = self._get(path, doing, params)
        found = body.get(what)
        if not isinstance(found, list) or not all(isinstance(item, Mapping) and "id" in item for item in found):
            raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read")
        return found, "next" in body

    def _get(self, path: str, doing: str, params: Mapping[str, str]) -> dict[str, Any]:
        return read(self._adapter, path, params, service=SERVICE, doing=doing)


def _path(execution_id: str) -> str:
    return f"/executions/{quote(execution_id, safe='')}"


def _execution(raw: Mapping[str, Any]) -> ExecutionSummary:
    return ExecutionSummary(
        id=_word(raw, "id"),
        state=_word(raw, "state"),
        description=_word(raw, "description"),
        workflow_name=_word(raw, "workflow_name"),
        project_id=_word(raw, "project_id"),
        state_info=str(raw.get("state_info") or ""),
        input=_object(raw.get("input")),
        created_at=moment(raw.get("created_at")),
        updated_at=moment(raw.get("updated_at")),
    )


def _task(raw: Mapping[str, Any]) -> TaskSummary:
    ended = _word(raw, "state") in FINAL_STATES
    return TaskSummary(
        id=_word(raw, "id"),
        execution_id=_word(raw, "workflow_execution_id"),
        name=_word(raw, "name"),
        state=_word(raw, "state"),
        workflow_name=_word(raw, "workflow_name"),
        state_info=str(raw.get("state_info") or ""),
        started_at=moment(raw.get("started_at") or raw.get("created_at")),
        finished_at=moment(raw.get("finished_at") or (raw.get("updated_at") if ended else None)),
    )


def _word(raw: Mapping[str, Any], key: str) -> str:
    return printable(str(raw.get(key) or ""))


def _object(value: Any) -> Mapping[str, Any]:
    """Return an object that Mistral sends plain, or as JSON inside JSON."""
    try:
        found = json.loads(value) if isinstance(value, str) and value else value
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
