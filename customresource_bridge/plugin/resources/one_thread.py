"""Our answers to what Heat carries out in one thread, beside its graph and without locking the row.

Before Heat 26 that is every check, snapshot, suspend and resume. A resource that waits without a thread has no lock to
keep them off: its Create would be overwritten, and its answer complete nothing.
"""

from collections.abc import Iterator
from typing import Any

from customresource_bridge.plugin.heat import queries, resource_data
from customresource_bridge.plugin.lifecycle.state import State
from customresource_bridge.plugin.resources.operated import Operated, waits


class OneThread(Operated):
    """What is let alone while it waits."""

    # heat/engine/resource.py: Resource.check, called by stack.py: Stack.check.
    def check(self) -> Iterator[Any]:
        """Check the resource, unless it waits for an answer."""
        self._let_wait(self.CHECK)
        yield from super().check()

    # heat/engine/resource.py: Resource.snapshot, called by stack.py: Stack.snapshot.
    def snapshot(self) -> Iterator[Any]:
        """Take a snapshot, unless the resource waits for an answer."""
        self._let_wait(self.SNAPSHOT)
        yield from super().snapshot()

    # heat/engine/resource.py: Resource.suspend, called by stack.py: Stack.suspend.
    def suspend(self) -> Iterator[Any]:
        """Suspend the resource, unless it waits for an answer."""
        self._let_wait(self.SUSPEND)
        yield from super().suspend()

    # heat/engine/resource.py: Resource.resume, called by stack.py: Stack.resume.
    def resume(self) -> Iterator[Any]:
        """Resume the resource, unless it waits for an answer."""
        self._let_wait(self.RESUME)
        yield from super().resume()

    def _let_wait(self, action: str) -> None:
        """Go on where the graph works on the resource, or it waits for nothing.

        What the row says now counts: it was loaded when the stack's action began, which other resources may hold up.

        :raises ResourceFailure: it waits.
        """
        if self._calling_engine_id is not None or self.id is None:
            return
        standing = queries.standing_of(self.context, self.id)
        pending = State.parse(resource_data.read_all(self.context, self.id)[0]).pending
        if standing and pending and waits(standing[0], standing[1], pending, begins=action):
            raise self._refusal(pending, action)
