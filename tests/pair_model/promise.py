"""What must hold, whatever happened."""

from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.protocol.request import RequestType


class Requests:
    """The requests that the rows were waiting for, from their own memory."""

    def __init__(self) -> None:
        self.pending: dict[int, str] = {}
        self.over: set[str] = set()
        self.ever: dict[str, int] = {}
        self.closed_rows: set[int] = set()
        self.may_be_retained: set[str] = set()
        self._deletes: dict[str, str] = {}
        self._answered: set[str] = set()
        self._known_deleted: set[tuple[int, str]] = set()
        self._current: dict[int, str] = {}
        self._named_during: dict[str, set[str]] = {}

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.ever)

    def note(self, row_id: int, text: str) -> None:
        """Take in what a row remembers now: a request that was over stays over."""
        state = State.parse(text)
        pending = state.pending
        if state.current is not None:
            specs = [state.current.spec, *([pending.spec] if pending else [])]
            if any(spec.update_replace_policy is ReplacePolicy.RETAIN for spec in specs):
                self.may_be_retained.add(state.current.physical_resource_id)
        self._note_current(row_id, state)
        request_id = pending.request_id if pending else None
        before = self.pending.pop(row_id, None)
        if before is not None and before != request_id:
            self.over.add(before)
        if pending is not None and request_id is not None:
            assert request_id not in self.over, "a request had two outcomes"
            if pending.request_type is RequestType.DELETE and request_id not in self.ever:
                wanted = str(pending.physical_resource_id)
                assert (row_id, wanted) not in self._known_deleted, "what is known to be deleted is to be deleted again"
                self._deletes[request_id] = wanted
            self.ever[request_id] = row_id
            self.pending[row_id] = request_id

    def _note_current(self, row_id: int, state: State) -> None:
        current = state.current.physical_resource_id if state.current else ""
        if current != self._current.get(row_id, ""):
            for request_id in self.pending.values():
                self._named_during.setdefault(request_id, set()).add(current)
        self._current[row_id] = current

    def was_named_during(self, request_id: str, physical_resource_id: str) -> bool:
        """Return whether a handler named an id for a resource when a request was out already."""
        return physical_resource_id in self._named_during.get(request_id, set())

    def heard(self, request_id: str, *, well: bool) -> None:
        """Take in an answer that Heat has taken: that of a Delete counts while it is waited for.

        An answer to a Create or an Update that comes after it may mean that the thing was made after it; an answer that
        is told again means nothing.
        """
        if request_id in self._answered:
            return
        self._answered.add(request_id)
        row_id = self.ever.get(request_id)
        if request_id not in self._deletes:
            self._known_deleted = {(row, name) for row, name in self._known_deleted if row != row_id}
        elif well and row_id is not None and request_id in self.pending.values():
            self._known_deleted.add((row_id, self._deletes[request_id]))

    def named(self, physical_resource_id: str) -> None:
        """Take in that a handler made, or found, what bears this id."""
        self._known_deleted = {(row, name) for row, name in self._known_deleted if name != physical_resource_id}

    def gone(self, row_id: int) -> None:
        """Take in that a row is deleted."""
        assert row_id not in self.pending, "a row is gone whose request is out"
        self.closed_rows.add(row_id)

    def is_gone(self, request_id: str) -> bool:
        """Return whether the account of the row that asked is closed: of what is said then, nothing can be known."""
        return self.ever[request_id] in self.closed_rows
