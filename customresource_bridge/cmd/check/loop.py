"""Closes the loop once: a stack with one request that does nothing, watched until Heat has its answer, and deleted.

The stack, its request, the signature and the ResponseURL are Heat's own, made with the rights of the one who checks.
What was made is deleted whatever comes, and what could not be is named.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.clients.heat.reader import HeatReader, StackSummary
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.mistral.reader import MistralReader
from customresource_bridge.clients.writers import HeatWriter, MistralWriter
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import common
from customresource_bridge.cmd.check import loop_parts
from customresource_bridge.cmd.check.loop_seen import LoopSeen
from customresource_bridge.cmd.check.loop_verdict import LoopContext, is_over, verdict
from customresource_bridge.cmd.check.loop_watch import LoopReaders, LoopWatch
from customresource_bridge.cmd.check.own_actions import own_actions
from customresource_bridge.cmd.check.result import CheckResult
from customresource_bridge.protocol.naming import printable
from customresource_bridge.visibility.bridges import seen_bridges

_FIRST_PAUSE, _LATER_PAUSE, _FIRST_SECONDS = 0.3, 1.0, 10.0
_DELETED_WITHIN = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopServices:
    """What makes, reads and deletes."""

    readers: LoopReaders
    heat: HeatWriter
    mistral: MistralWriter

    @classmethod
    def from_session(cls, conf: Any, session: Any) -> "LoopServices":
        """Return what acts with the authority of a keystoneauth session.

        :raises ServiceError: Keystone is away.
        """
        region = common.region(conf)
        where: dict[str, Any] = {"region_name": region, "interface": conf.cloud.interface}
        return cls(
            readers=LoopReaders(
                project_id=sessions.project_id(session),
                heat=HeatReader.from_session(session, **where),
                mistral=MistralReader.from_session(session, **where),
                zaqar=Zaqar.from_session(session, timeout=conf.cloud.timeout, **where),
                response_urls=common.response_urls(conf, session, region_name=region),
            ),
            heat=HeatWriter.from_session(session, **where),
            mistral=MistralWriter.from_session(session, **where),
        )


class LoopCheck:
    """One round.

    :param patience: seconds that the answer may take.
    :param sleep: waits so many seconds.
    """

    def __init__(
        self,
        services: LoopServices,
        *,
        patience: float,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._services = services
        self._patience = patience
        self._clock = clock or Clock()
        self._sleep = sleep
        self._name = f"{loop_parts.PREFIX}{uuid4().hex[:8]}"
        self._stack: StackSummary | None = None
        self._watch: LoopWatch | None = None
        self._seen = LoopSeen()

    def run(self) -> list[CheckResult]:
        """Return the hops up to the first that is wrong, and whether all was deleted."""
        left: list[str] = []
        try:
            results = self._play()
        except errors.CustomResourceError as error:
            remedy = "this user needs the right to make stacks and workflows, and Heat this package as its plug-in"
            results = [CheckResult("loop: stack", f"{error}; {remedy}")]
        finally:
            left = self._delete()
        return [*results, CheckResult("loop: clean-up", f"delete by hand: {'; '.join(left)}" if left else None)]

    def _play(self) -> list[CheckResult]:
        services, begun = self._services, self._clock.now()
        services.mistral.create_workflow(loop_parts.workflow(self._name))
        template = loop_parts.template(self._name, patience=self._patience)
        self._stack = services.heat.create(self._name, template, minutes=loop_parts.minutes(self._patience))
        self._watch = watch = LoopWatch(services.readers, self._stack)
        start = self._clock.monotonic()
        while True:
            look, now = watch.look(), self._clock.monotonic() - start
            self._seen = self._seen.then(look, now=now, begun=begun, at=self._clock.now())
            if is_over(self._seen) or now >= self._patience:
                break
            self._sleep(_FIRST_PAUSE if now < _FIRST_SECONDS else _LATER_PAUSE)
        results = [CheckResult("loop: stack", note=self._name), *verdict(self._seen, self._context(watch))]
        return results if self._seen.executed is None else [*results, own_actions(services.mistral)]

    def _context(self, watch: LoopWatch) -> LoopContext:
        seen = self._seen
        hosts: list[str] = []
        if seen.taken is None:
            with suppress(errors.CustomResourceError):
                hosts = [printable(one.said.host) for one in seen_bridges(self._services.readers.zaqar)]
        undelivered = seen.executed is not None and seen.answered is None
        return LoopContext(hosts=list(dict.fromkeys(hosts)), trial=watch.try_response_url() if undelivered else None)

    def _delete(self) -> list[str]:
        """Delete what was made; return what could not be."""
        services, execution_id = self._services, self._seen.last.execution_id
        steps: list[tuple[str, Callable[[], None]]] = [
            (f"stack {self._name}", self._delete_stack),
            (f"workflow {self._name}", lambda: services.mistral.delete_workflow(self._name)),
        ]
        if execution_id:
            steps.append((f"execution {execution_id}", lambda: services.mistral.delete_execution(execution_id)))
        if self._watch is not None and self._seen.last.set_aside:
            steps.append(("its dead letter", self._watch.delete_letters))
        left: list[str] = []
        for what, delete in steps:
            try:
                delete()
            except errors.CustomResourceError as error:
                left.append(f"{what} ({error})")
        return left

    def _delete_stack(self) -> None:
        """Delete the stack, also one whose making was not answered, and wait until it is gone."""
        heat, end = self._services.readers.heat, self._clock.monotonic() + _DELETED_WITHIN
        try:
            self._services.heat.delete(self._stack or heat.find(self._name))
            while (found := heat.find(self._name)).status != "DELETE_FAILED" and self._clock.monotonic() < end:
                self._sleep(_FIRST_PAUSE)
        except errors.NotFound:
            return
        raise errors.ServiceUnavailable("Heat", "delete a stack", f"it is {found.status}")
