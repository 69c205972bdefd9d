"""What must hold, whatever happened."""

from customresource_bridge.plugin.lifecycle.state import State


class Requests:
    """The requests that the rows were waiting for, from their own memory."""

    def __init__(self) -> None:
        self.pending: dict[int, str] = {}
        self.over: set[str] = set()
        self.ever: set[str] = set()

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.ever)

    def note(self, row_id: int, text: str) -> None:
        """Take in what a row remembers now: a request that was over stays over."""
        pending = State.parse(text).pending
        request_id = pending.request_id if pending else None
        before = self.pending.pop(row_id, None)
        if before is not None and before != request_id:
            self.over.add(before)
        if request_id is not None:
            assert request_id not in self.over, "a request had two outcomes"
            self.ever.add(request_id)
            self.pending[row_id] = request_id

    def gone(self, row_id: int) -> None:
        """Take in that a row is deleted."""
        assert row_id not in self.pending, "a row is gone whose request is out"
