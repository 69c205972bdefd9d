"""What must hold, whatever happened."""

from customresource_bridge.plugin.lifecycle.spec import ReplacePolicy
from customresource_bridge.plugin.lifecycle.state import State


class Requests:
    """The requests that the rows were waiting for, from their own memory."""

    def __init__(self) -> None:
        self.pending: dict[int, str] = {}
        self.over: set[str] = set()
        self.ever: dict[str, int] = {}
        self.closed_rows: set[int] = set()
        self.may_be_retained: set[str] = set()

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
        request_id = pending.request_id if pending else None
        before = self.pending.pop(row_id, None)
        if before is not None and before != request_id:
            self.over.add(before)
        if request_id is not None:
            assert request_id not in self.over, "a request had two outcomes"
            self.ever[request_id] = row_id
            self.pending[row_id] = request_id

    def gone(self, row_id: int) -> None:
        """Take in that a row is deleted."""
        assert row_id not in self.pending, "a row is gone whose request is out"
        self.closed_rows.add(row_id)

    def is_gone(self, request_id: str) -> bool:
        """Return whether the account of the row that asked is closed: of what is said then, nothing can be known."""
        return self.ever[request_id] in self.closed_rows
