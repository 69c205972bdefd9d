"""A request that lasts as long as it is told, held by one of the bridges: what a lost claim can be tried with."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from faults.cloud import Bridge
from faults.proxy import Fronts
from faults.traffic import Owner

WORKFLOW = """
version: '2.0'
chaos_slow:
  input: [request]
  output:
    physical_resource_id: slow
  tasks:
    begin:
      action: std.noop
      on-success:
        - last: <% $.request.RequestType = Create %>
    last:
      action: std.noop
      wait-before: <% int($.request.ResourceProperties.Seconds) %>
"""
RENEWED_WITHIN = 75.0
"""Seconds in which a bridge looks after each of its claims: half of the first one's life, and what a retry takes."""


class SlowRequests:
    """Makes them, one at a time, in stacks of their own."""

    def __init__(self, owner: Owner, bridges: list[Bridge]) -> None:
        self._owner = owner
        self._bridges = bridges

    def claim_taken_away(self, fronts: Fronts) -> None:
        """Let a claim end behind its bridge's back: the bridge must notice, and answer all the same."""
        with self._lasting(72) as (stack_id, bridge, heard):
            if not fronts.release_claims(f"heat-cr-{stack_id}"):
                raise AssertionError("no claim of the request was seen")
            _until(
                lambda: "its claim is lost" in heard(), RENEWED_WITHIN, f"{bridge.name} notices that its claim is lost"
            )

    def frozen(self, seconds: float) -> None:
        """Stop a bridge until its claims have run out: it must notice, and answer all the same."""
        with self._lasting(seconds + 20) as (_, bridge, heard):
            bridge.freeze(seconds)
            _until(
                lambda: "its claim is lost: it ran out" in heard(), 15, f"{bridge.name} notices that its claim ran out"
            )

    @contextmanager
    def _lasting(self, seconds: float) -> Iterator[tuple[str, Bridge, Callable[[], str]]]:
        """Yield a stack's id, the bridge that runs its request, and what that bridge has said of it so far."""
        name = f"chaos-slow-{uuid.uuid4().hex[:8]}"
        timeout = int(seconds + 120)
        properties = {"ServiceToken": "mistral:chaos_slow", "ServiceTimeout": timeout, "Seconds": int(seconds)}
        slow = {"type": "Custom::Slow", "properties": properties}
        stack_id = self._owner.create(name, {"heat_template_version": "2021-04-16", "resources": {"slow": slow}})

        def said(bridge: Bridge, text: str = "") -> str:
            lines = bridge.log.read_text(errors="replace").splitlines()
            return "\n".join(line for line in lines if stack_id in line and text in line)

        def holders() -> list[Bridge]:
            return [bridge for bridge in self._bridges if said(bridge, " runs as execution ")]

        try:
            _until(holders, 60, "a bridge runs the request")
            holder = holders()[0]
            yield stack_id, holder, lambda: said(holder)
            _until(lambda: self._owner.status(name, stack_id)[0] == "CREATE_COMPLETE", timeout, "it is answered")
        finally:
            self._owner.delete(name, stack_id)


def _until(done: Callable[[], object], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.5)
