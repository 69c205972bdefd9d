"""Our answers to what Heat carries out in one thread, beside its graph and without the lock: check and snapshot.

Before Heat 26 that is every check and every snapshot. Heat's own waiting resources are overwritten by it; ours would
forget the request that they wait for. Suspend and resume look at the resource's state by themselves.
"""

from collections.abc import Iterator
from typing import Any

from heat.common import exception

from customresource_bridge.plugin.lifecycle import story
from customresource_bridge.plugin.resources.operated import Operated


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

    def _let_wait(self, action: str) -> None:
        """Go on where a check of the graph works on the resource, or nothing does.

        :raises ResourceFailure: it waits.
        """
        pending = self.state_now().pending
        if self._calling_engine_id is not None or self.status != self.IN_PROGRESS or pending is None:
            return
        waits = f"{self.name} waits for the answer to its {pending.request_type}"
        raise exception.ResourceFailure(story.with_ids(waits, pending.request_id), None, action)
