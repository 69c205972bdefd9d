"""Mistral: start an execution under an id of our own, watch, read, cancel.

python-mistralclient does the talking, over a keystoneauth adapter with a timeout. Its ``executions.create`` cannot
pass an id (it would land in ``params``), hence the small subclass.

``params`` (``env``, ``notify`` and the like) become keyword arguments of Mistral's engine: only the plugin sends any,
those the template's author wrote. The bridge, whose requests come out of a queue, never does.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from mistralclient.api import base, httpclient
from mistralclient.api.v2 import action_executions, executions, tasks, workflows

from customresource_bridge import errors
from customresource_bridge.clients.http import LONGEST_PATIENCE, QuietAdapter, error_for, service_errors
from customresource_bridge.compat import UTC, parse_moment
from customresource_bridge.protocol.answers.workflow import LOST_OUTPUT, UNREADABLE_OUTPUT
from customresource_bridge.protocol.description import BEGINS, LONGEST
from customresource_bridge.protocol.naming import printable

SERVICE = "Mistral"
_ASYNCHRONOUS = frozenset({"std.async_noop", "std.mistral_http"})
"""Mistral's own actions that do what they do at once, and then wait until Mistral is told of their end."""
_MANY = 100
"""Sub-workflows, tasks and actions that are looked at, at most."""
_FIELDS = (
    "id",
    "state",
    "state_info",
    "input",
    "output",
    "workflow_name",
    "workflow_id",
    "description",
    "created_at",
)
_BRIEFLY = ("id", "state", "workflow_name", "description")
_CLOCKS_APART = 60.0
"""Seconds by which Mistral's clock may differ from ours: a time of its own says nothing nearer."""
FINAL_STATES = frozenset({"SUCCESS", "ERROR", "CANCELLED"})
_ACTING = ("IDLE", "RUNNING", "DELAYED")
"""States of a task that may act though its execution has ended; one that is WAITING or PAUSED then waits for ever."""
_LOST_DATABASE = (
    "Database transaction has",
    "Nothing to commit. Database transaction has",
    "Nothing to roll back. Database transaction has",
)
"""How Mistral begins, with 400, what a thread of its says whose database broke off (mistral.db.sqlalchemy.base)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A workflow execution as Mistral told it.

    :ivar state: RUNNING, PAUSED, IDLE, SUCCESS, ERROR or CANCELLED.
    :ivar state_info: Mistral's account of an ERROR or CANCELLED.
    :ivar input: what it was started with.
    :ivar output: what it gave; None before its end, LOST_OUTPUT where Mistral dropped it for its size,
        UNREADABLE_OUTPUT where it is no JSON that can be read.
    :ivar created_at: by Mistral's clock and to the second; None where that was not asked for.
    """

    id: str
    state: str
    state_info: str | None = None
    input: Mapping[str, Any] = field(default_factory=dict, repr=False)
    output: Any = field(default=None, repr=False)
    workflow_name: str = ""
    workflow_id: str = ""
    description: str = ""
    created_at: datetime | None = None

    @property
    def final(self) -> bool:
        """Whether it has ended. A tenant may rerun an ERROR; to us it has ended."""
        return self.state in FINAL_STATES

    def age(self, now: datetime) -> float:
        """Return the seconds since it was made, by Mistral's clock; 0.0 where that may be two clocks' difference.

        :param now: by our clock.
        """
        seconds = 0.0 if self.created_at is None else (now - self.created_at).total_seconds()
        return seconds if seconds > _CLOCKS_APART else 0.0


@dataclass(frozen=True, slots=True)
class FinishedExecutions:
    """Executions that have ended.

    :ivar states: by id.
    :ivar latest: when the last of them ended, by Mistral's clock and to the second; None where there are none.
    """

    states: Mapping[str, str]
    latest: datetime | None = None


class _Executions(executions.ExecutionManager):  # type: ignore[misc] # mistralclient has no types
    def start(self, body: dict[str, Any]) -> Any:
        return self._create("/executions", body)

    def read(self, execution_id: str, fields: tuple[str, ...]) -> Any:
        return self._get(f"/executions/{execution_id}?fields={','.join(fields)}")

    def rows(self, **query: Any) -> list[Mapping[str, Any]]:
        """Return a list's rows as they came: an object with attributes for each costs more than to read its JSON."""
        found: list[Mapping[str, Any]] = self._list(
            f"/executions{self._build_query_params(**query)}", "executions", returned_res_cls=lambda _manager, row: row
        )
        return found


class Mistral:
    """The workflows and executions of one project.

    :param adapter: a keystoneauth adapter whose endpoint is Mistral's, with its ``/v2``.
    :param starting: the same of the user as whom workflows run; None where that is who looks after them.
    """

    def __init__(self, adapter: Any, starting: Any = None) -> None:
        http = httpclient.HTTPClient("", session=adapter)
        self._executions = _Executions(http)
        self._starting = _Executions(httpclient.HTTPClient("", session=starting or adapter))
        self._tasks = tasks.TaskManager(http)
        self._actions = action_executions.ActionExecutionManager(http)
        self._workflows = workflows.WorkflowManager(http, enforce_raw_definitions=True)

    @classmethod
    def from_session(  # noqa: PLR0913 - a session, and what is asked how
        cls,
        session: Any,
        *,
        region_name: str | None = None,
        interface: str = "public",
        timeout: float = 20.0,
        longest: float = LONGEST_PATIENCE,
        starting: Any = None,
    ) -> "Mistral":
        """Return a client with the authority of a keystoneauth session.

        :param timeout: seconds for a call, and ``longest`` to how many that may grow where answers come late.
        :param starting: a session of the same project, of the user as whom workflows run; None where it is ``session``.
        """
        made = [
            QuietAdapter(
                session=one,
                service_type="workflowv2",
                region_name=region_name,
                interface=interface,
                timeout=timeout,
                longest=longest,
            )
            for one in (session, starting)
            if one is not None
        ]
        return cls(*made)

    def start(  # noqa: PLR0913 - what Mistral is told, by name
        self,
        execution_id: str,
        workflow: str,
        *,
        namespace: str | None,
        workflow_input: Mapping[str, Any],
        description: str,
        params: Mapping[str, Any] | None = None,
    ) -> Execution:
        """Start a workflow under an id, or return the execution that has it already.

        Safe to repeat: Mistral makes at most one execution of an id, as long as its row exists.

        :param workflow: name or id.
        :param params: Mistral's own parameters; never out of a message.
        :raises NotFound: there is no such workflow.
        :raises Rejected: its input is not what the workflow wants.
        """
        by = "workflow_id" if _is_uuid(workflow) else "workflow_name"
        body = {
            "id": execution_id,
            by: workflow,
            "input": json.dumps(workflow_input),
            "description": description[:LONGEST],  # a longer one gives 500 for ever
        }
        if namespace:
            body["workflow_namespace"] = namespace
        if params:
            body["params"] = json.dumps(params)
        doing = f"start workflow '{printable(workflow[:200])}'"
        try:
            with _errors(doing):
                return _execution(self._starting.start(body).to_dict())
        except errors.NotFound as error:
            if "Workflow not found" in error.problem:
                raise
            raise errors.ServiceUnavailable(SERVICE, doing, "something else than Mistral answered") from error

    def get(self, execution_id: str) -> Execution | None:
        """Return an execution with its input and output, or None where this project has none of that id."""
        try:
            with _errors("show an execution"):
                execution = _execution(self._executions.read(execution_id, _FIELDS).to_dict())
        except errors.NotFound:
            return None
        lost = execution.state == "SUCCESS" and execution.output == {} and self._declares_output(execution)
        return replace(execution, output=LOST_OUTPUT) if lost else execution

    def glance(self, execution_id: str) -> Execution | None:
        """Return an execution without its input and output, or None where this project has none of that id."""
        try:
            with _errors("show an execution"):
                return _execution(self._executions.read(execution_id, _BRIEFLY).to_dict())
        except errors.NotFound:
            return None

    def _declares_output(self, execution: Execution) -> bool:
        """Return whether the workflow has an output section; what that gives has a key for each of its names.

        Mistral ends an execution whose output is larger than its ``execution_field_size_limit_kb`` in SUCCESS all the
        same, with an empty output.
        """
        if not execution.workflow_id:
            return False
        try:
            with _errors("show a workflow"):
                interface = _decoded(self._workflows.get(execution.workflow_id).to_dict().get("interface")) or {}
                return bool(interface.get("output"))
        except errors.NotFound:
            return False

    def finished_since(self, moment: datetime, *, limit: int = 1000, all_projects: bool = False) -> FinishedExecutions:
        """Return the executions of the project's requests that ended after ``moment``.

        One query, whatever the number in flight: Mistral filters by no list of ids. Sub-workflows stay out, and so does
        what was started for anything but a request.

        :param all_projects: of the whole cloud; by Mistral's default policy, an administrator's right.
        """
        filters = {
            "nulls": "task_execution_id",
            "state": f"in:{','.join(sorted(FINAL_STATES))}",
            "updated_at": f"gte:{moment:%Y-%m-%d %H:%M:%S}",
            "description": f"has:{BEGINS}",
            **({"all_projects": "true"} if all_projects else {}),
        }
        found: dict[str, str] = {}
        latest = ""
        marker = ""
        while True:
            with _errors("list executions"):
                page = self._executions.rows(
                    fields=("id", "state", "updated_at"), limit=limit, marker=marker, filters=filters
                )
                found.update({row["id"]: row["state"] for row in page})
                latest = max([latest, *(row["updated_at"] for row in page)])
                if len(page) < limit:
                    return FinishedExecutions(found, _moment(latest))
            marker = page[-1]["id"]

    def described(self, text: str) -> list[str]:
        """Return the ids of the project's executions whose description holds ``text``."""
        with _errors("list executions"):
            page = self._executions.list(fields=("id",), limit=20, description=f"has:{text}")
        return [item.id for item in page]

    def acts(self, execution_id: str) -> bool:
        """Return whether a task of an execution, or of its sub-workflows, may still act."""
        with _errors("list tasks"):
            subs = self._executions.list(fields=("id",), limit=_MANY, root_execution_id=execution_id)
            return any(self._has_acting_task(key) for key in (execution_id, *(sub.id for sub in subs)))

    def _has_acting_task(self, execution_id: str) -> bool:
        state = f"in:{','.join(_ACTING)}"
        found = self._tasks.list(execution_id, limit=_MANY, fields=("id", "state"), state=state)
        return any(task.state != "RUNNING" or self._has_acting_action(task.id) for task in found)

    def _has_acting_action(self, task_id: str) -> bool:
        """Return whether a task has no action yet, or one that is at work; not one that waits to be completed."""
        found = self._actions.list(task_id, limit=_MANY, fields=("id", "name", "state"))
        return not found or any(action.state == "RUNNING" and action.name not in _ASYNCHRONOUS for action in found)

    def cancel(self, execution_id: str) -> None:
        """Ask an execution to end as CANCELLED. One that has ended, or is gone, is no error."""
        try:
            with _errors("cancel an execution"):
                self._executions.update(execution_id, "CANCELLED")
        except errors.NotFound:
            return
        except errors.Rejected:
            execution = self.get(execution_id)
            if execution is not None and not execution.final:
                raise

    def has_workflow(self, workflow: str, *, namespace: str | None = None) -> bool:
        """Return whether the project sees a workflow of that name or id."""
        try:
            with _errors(f"show workflow '{printable(workflow)}'"):
                self._workflows.get(quote(workflow, safe=""), namespace=namespace or "")
        except errors.NotFound:
            return False
        return True

    def workflow_names(self) -> list[str]:
        """Return the names of the workflows that the project sees, of a hundred at most."""
        with _errors("list workflows"):
            return [str(item.name) for item in self._workflows.list(limit=_MANY, fields=("id", "name"))]

    def ping(self) -> None:
        """Ask for one execution's id, to see that Mistral answers and takes our token."""
        with _errors("list executions"):
            self._executions.list(fields=("id",), limit=1)


@contextmanager
def _errors(doing: str) -> Iterator[None]:
    try:
        with service_errors(SERVICE, doing):
            yield
    except base.APIException as error:
        text = error.error_message
        problem = text if isinstance(text, str) and text.strip() else "it gave no reason that can be read"
        status = 503 if problem.startswith(_LOST_DATABASE) else int(error.error_code or 500)
        raise error_for(SERVICE, doing, problem.strip(), status=status) from error
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise errors.ServiceUnavailable(SERVICE, doing, "its answer cannot be read") from error


def _execution(raw: Mapping[str, Any]) -> Execution:
    return Execution(
        id=str(raw["id"]),
        state=str(raw["state"]),
        state_info=raw.get("state_info"),
        input=_decoded(raw.get("input")) or {},
        output=_decoded_output(raw.get("output")),
        workflow_name=str(raw.get("workflow_name") or ""),
        workflow_id=str(raw.get("workflow_id") or ""),
        description=str(raw.get("description") or ""),
        created_at=_moment(raw.get("created_at")),
    )


def _moment(text: str | None) -> datetime | None:
    return parse_moment(text).replace(tzinfo=UTC) if text else None


def _decoded(value: Any) -> Any:
    # Mistral sends input and output as JSON inside JSON; a fields= query may send them plain.
    return json.loads(value) if isinstance(value, str) and value else value


def _decoded_output(value: Any) -> Any:
    # It is the workflow's own: asking once more would give the same, and its request an answer at no time.
    try:
        return _decoded(value)
    except (ValueError, RecursionError):
        return UNREADABLE_OUTPUT


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
