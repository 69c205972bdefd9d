"""Heat in small: one stack with one custom resource, its rows, traversals, rollback, replacement and engine threads.

The rows are our own resource class; what it inherits from Heat's is Heat's where that needs no database. What Heat does
around it (``stack.py``, ``check_resource.py``) is told here in its order, for one resource and one other that may fail.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar, Self

from bridge_life import Died
from heat.common import exception
from heat.engine import resource as heat_resource

from customresource_bridge.plugin import last_look
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.plan import CleanUp
from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.operation import Operation
from customresource_bridge.plugin.resources.base import CustomResource

NAME = "thing"


@dataclass(frozen=True)
class Definition:
    """The resource in a template."""

    wish: Spec
    props: Mapping[str, Any]
    resource_type: str = "Custom::Thing"

    def freeze(self) -> "Definition":
        return self

    RETAIN = "Retain"

    def deletion_policy(self) -> str:
        return "Delete"

    def properties(self, *_: Any) -> Mapping[str, Any]:
        return self.props


@dataclass(frozen=True)
class Template:
    id: int
    definition: Definition | None


@dataclass
class Check:
    """What Heat does with a row now.

    :ivar traversal: for which of the stack's operations.
    """

    traversal: str
    is_update: bool
    kind: str = ""
    after: Definition | None = None


class Row(CustomResource):
    """A row of the resource, as an engine has loaded it."""

    properties_schema: ClassVar[dict[str, Any]] = {}

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self:
        return object.__new__(cls)  # Heat's own looks the class up by its template

    def __init__(self, world: Any, stack: "Stack", row_id: int, template: Template, replaces: int | None) -> None:
        self.id, self.name, self.context, self._stack = row_id, NAME, world, stack
        self.t, self.current_template_id = template.definition, template.id
        self.properties: Any = template.definition.props if template.definition else {}
        self.action, self.status = "INIT", "COMPLETE"
        self.replaces, self.replaced_by = replaces, None
        self.resource_id: str | None = None
        self.changed = row_id
        self.data_of: dict[str, str] = {}
        self.going: Check | None = None
        self.thread: Operation | None = None
        self.dead = False
        self._after = None
        self.abandon_in_progress = False

    @property
    def stack(self) -> "Stack":
        return self._stack

    @property
    def ref(self) -> Any:
        return self.context.ref(self)

    def __str__(self) -> str:
        return f"{self.name} {self.id}"

    def spec(self, definition: Any, props: Any) -> Spec:
        assert props is not None
        return definition.wish  # type: ignore[no-any-return]

    def changed_names(self, changed: set[str], _after: Any, _before: Any) -> set[str]:
        return changed

    def replace_on_change(self, _definition: Any, _props: Any) -> list[str]:
        return ["replacing"]

    def needs_replace(self, _after_props: Any) -> bool:
        return False

    def resource_id_set(self, inst: str) -> None:
        self.resource_id = inst

    def _add_event(self, action: str, status: str, reason: str) -> None:
        self.context.events.append(f"{action} {status} {reason}")

    @property
    def parked(self) -> bool:
        """Whether it waits, and no thread does."""
        return self.going is not None and self.thread is None

    def state_in_row(self) -> State:
        return State.parse(self.data_of.get(resource_data.STATE_KEY))

    def put(self, action: str, status: str) -> None:
        self.action, self.status = action, status
        self.changed = next(self.context.moments)


@dataclass
class Stack:
    world: Any
    rollback: bool
    rows: list[Row] = field(default_factory=list)
    action: str = ""
    status: str = "COMPLETE"
    current_traversal: str = ""
    t: Template = Template(0, None)
    previous: Template | None = None
    nodes: list[tuple[int, bool]] = field(default_factory=list)
    other: str = "ok"
    gone: bool = False
    id: str = "11111111-1111-4111-8111-111111111111"
    name: str = "s"

    CREATE, UPDATE, DELETE, ROLLBACK, CHECK = "CREATE", "UPDATE", "DELETE", "ROLLBACK", "CHECK"
    IN_PROGRESS, COMPLETE, FAILED = "IN_PROGRESS", "COMPLETE", "FAILED"

    def __post_init__(self) -> None:
        self.numbers = itertools.count(1)
        self.defn = SimpleNamespace(enabled_rsrc_names=lambda: [NAME] if self.t.definition else [])

    def row(self, row_id: int) -> Row:
        return next(row for row in self.rows if row.id == row_id)

    # The stack's operations.

    def converge(self, action: str, template: Template, *, other: str = "ok") -> None:
        if action != self.CREATE:
            self.previous = self.t
        self.t, self.action, self.status, self.other = template, action, self.IN_PROGRESS, other
        self.current_traversal = f"traversal-{next(self.numbers)}"
        there = list(self.rows)
        self.nodes = []
        if template.definition is not None:
            best = max(there, key=self._suitability, default=None) or self._new_row(template, None)
            self.nodes.append((best.id, True))
        self.nodes += [(row.id, False) for row in sorted(there, key=lambda row: -row.id)]
        self.progress()

    def check(self) -> None:
        """Check the row that the template speaks of, where nothing is under way."""
        rows = [row for row in self.rows if row.current_template_id == self.t.id and row.action != self.DELETE]
        if self.gone or self.status == self.IN_PROGRESS or not rows or any(row.going for row in self.rows):
            return
        self.action, self.status, self.other = self.CHECK, self.IN_PROGRESS, "ok"
        self.current_traversal = f"traversal-{next(self.numbers)}"
        self.nodes = [(max(rows, key=self._suitability).id, True)]
        self.progress()

    def template(self, definition: Definition | None) -> Template:
        return Template(next(self.numbers), definition)

    def _suitability(self, row: Row) -> tuple[int, int]:
        score = -30 * (row.status == self.FAILED) - 50 * (row.action == self.DELETE) - bool(row.replaced_by)
        score += 5 * (self.previous is not None and row.current_template_id == self.previous.id)
        return score + 10 * (row.current_template_id == self.t.id), row.changed

    def _new_row(self, template: Template, replaces: int | None) -> Row:
        row = Row(self.world, self, next(self.numbers), template, replaces)
        self.rows.append(row)
        return row

    def mark_failed(self, traversal: str) -> None:
        if traversal != self.current_traversal or self.status != self.IN_PROGRESS:
            return
        self.status, self.nodes = self.FAILED, []
        if self.rollback and self.action in {self.CREATE, self.UPDATE}:
            self.roll_back()
        else:
            self._purge()
            self.current_traversal = ""

    def roll_back(self) -> None:
        target = self.previous or self.template(None)
        self.previous = None
        self.converge(self.ROLLBACK, target)

    def cancel_threads(self) -> None:
        for row in self.rows:
            if row.thread is not None:
                row.thread, row.going = None, None
                row.put(row.action, self.FAILED)

    def cancel(self) -> None:
        """End the stack's operation; what has a thread goes on."""
        self.status, self.nodes = self.FAILED, []
        self.current_traversal = f"cancelled-{next(self.numbers)}"

    def _purge(self) -> None:
        self.rows = [row for row in self.rows if (row.action, row.status) != (self.DELETE, self.COMPLETE)]
        self.gone = (self.action, self.status) == (self.DELETE, self.COMPLETE)

    # Going through the graph.

    def progress(self) -> None:
        """Begin what can begin."""
        while self.status == self.IN_PROGRESS and self.nodes:
            row_id, is_update = self.nodes[0]
            row = self.row(row_id)
            check = row.going
            if row.thread is not None or (check is not None and check.traversal == self.current_traversal):
                return
            if row.dead:
                row.put(row.action, self.FAILED)  # its engine went down, and the stack's next operation takes its lock
            self.begin(row, is_update=is_update)
        if self.status == self.IN_PROGRESS and not self.nodes and self.other == "ok":
            self.status, self.previous = self.COMPLETE, None
            self._purge()

    def begin(self, row: Row, *, is_update: bool) -> None:
        row._known, row.dead, row.thread = None, False, None
        row.going = Check(self.current_traversal, is_update)
        work = self._check if self.action == self.CHECK else self._update if is_update else self._clean_up
        self._guard(row, lambda: work(row))

    def look(self, row: Row) -> None:
        """Let the row's thread look whether it is done."""
        thread = row.thread
        if thread is not None:
            self._guard(row, lambda: row._advance(thread) and self._done(row))

    def wake(self, row: Row) -> None:
        """Set a row going that waits without a thread, or whose engine died."""
        if not row.parked or row.going is None:
            return
        if self.status == self.IN_PROGRESS:
            if row.going.traversal == self.current_traversal:
                self.begin(row, is_update=row.going.is_update)
            return
        pending = row.state_in_row().pending
        kind = pending and str(pending.request_type)
        if kind in {"Update", "Check"}:
            row.going = None
            row.put(row.action, self.FAILED)
        elif kind != "Delete" and self.t.definition is None:
            row.going = None  # Heat finds no definition to check it by
        else:
            self.begin(row, is_update=kind != "Delete")

    def _guard(self, row: Row, work: Callable[[], object]) -> None:
        try:
            work()
        except heat_resource.UpdateReplace:
            self._replace(row)
        except exception.ResourceFailure:
            row.put(row.action, self.FAILED)
            traversal = row.going.traversal if row.going else ""
            row.going, row.thread = None, None
            self.mark_failed(traversal)
        except Died:
            row.thread, row.dead = None, True
            return
        self.progress()

    def _run(self, row: Row, kind: str, handle: Callable[[], Operation | None]) -> None:
        assert row.going is not None
        row.going.kind = kind
        row.put({"tidy": self.UPDATE}.get(kind, kind), self.IN_PROGRESS)
        row.thread = handle()

    def _check(self, row: Row) -> None:
        if hasattr(row, "handle_check"):
            self._run(row, self.CHECK, row.handle_check)
        else:
            row.put(self.CHECK, self.COMPLETE)
            self._done(row)

    def _update(self, row: Row) -> None:
        after = self.t.definition
        assert after is not None
        if row.action == "INIT" or (row._is_waiting_create() and row.current_template_id == self.t.id):
            row.current_template_id, row.t, row.properties = self.t.id, after, after.props
            self._run(row, self.CREATE, row.handle_create)
            return
        row._note_overwritten()
        row.replaced_by = None
        before = row.t
        if not row._needs_update(after, before, after.props, before.props, None):
            row.current_template_id = self.t.id
            if row.status == self.FAILED:
                row.put(row.action, self.COMPLETE)
            self._done(row)
            return
        assert row.going is not None
        row.going.after = after
        changed = {key for key in after.props if after.props[key] != before.props.get(key)}
        if changed and row.needs_replace_with_prop_diff(changed, after.props, before.props):
            row.put(self.UPDATE, self.COMPLETE)
            raise heat_resource.UpdateReplace(row.name)
        old, row.current_template_id = row.current_template_id, self.t.id
        try:
            self._run(row, self.UPDATE, lambda: row.handle_update(after, None, None))
        except heat_resource.UpdateReplace:
            row.current_template_id = old
            row.put(self.UPDATE, self.COMPLETE)
            raise

    def _clean_up(self, row: Row) -> None:
        if row.current_template_id != self.t.id:
            if row.action == "INIT":
                self.rows.remove(row)
                self._done(row)
            elif (row.action, row.status) == (self.DELETE, self.COMPLETE):
                self._done(row)
            else:
                self._run(row, self.DELETE, row.handle_delete)
        elif row.state_now().superseded:
            self._run(row, "tidy", lambda: row._start(CleanUp()))
        else:
            self._done(row)

    def _replace(self, row: Row) -> None:
        check = row.going
        row.going, row.thread = None, None
        if check is None or check.traversal != self.current_traversal:
            return
        new = self._new_row(self.t, row.id)
        row.replaced_by = new.id
        if self.nodes:
            self.nodes[0] = (new.id, True)
        else:
            self.begin(new, is_update=True)  # set going after its stack's operation had ended

    def _done(self, row: Row) -> None:
        check = row.going
        assert check is not None
        if check.kind == self.DELETE:
            self.world.comes_last()
        if check.kind:
            row.put(row.action, self.COMPLETE)
        if check.kind == self.DELETE and last_look.finds_more(row, row._held):
            self._run(row, self.DELETE, row.handle_delete)
            return
        if check.kind == self.UPDATE and check.after is not None:
            row.t, row.properties = check.after, check.after.props
        if check.kind == self.DELETE:
            last_look.tell_what_is_left(row, row._held, row._warn)
            self.world.row_gone(row)
            for other in self.rows:
                if other.replaces == row.id:
                    other.replaces = None
        row.going, row.thread = None, None
        if check.traversal == self.current_traversal and self.nodes and self.nodes[0] == (row.id, check.is_update):
            self.nodes.pop(0)
