"""The world of the model: the services, two bridges, one stack of Heat's, the handler's things, the clock."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from bridge_life import Died, Life, Trouble

from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.compat import UTC
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.spec import Delivery, ReplacePolicy, Spec
from customresource_bridge.plugin.resources import signal
from customresource_bridge.protocol import Identity, ResponseError, ids
from customresource_bridge.protocol.answers.progress import IN_PROGRESS
from customresource_bridge.testing import FakeMistral, FakeZaqar
from pair_model.handlers import NEVER, Said, Things, derived
from pair_model.heat import NAME, Definition, Row, Stack
from pair_model.promise import Requests

PROJECT = "p" * 32
STACK = "11111111-1111-4111-8111-111111111111"
ARN = f"arn:openstack:heat::{PROJECT}:stacks/s/{STACK}"
QUEUE = ids.stack_queue(STACK)
PROVIDER_QUEUE = "provider"
BEGAN = datetime(2030, 1, 1, tzinfo=UTC)
TIMEOUT = 900
TOKENS = {"bridge": "mistral:w", "direct": "mistral:w", "provider": f"zaqar:{PROVIDER_QUEUE}"}
"""Who handles the resource: a workflow by a bridge, one that the plugin starts itself, or an outside provider."""

now_is = SimpleNamespace(seconds=0.0, numbers=itertools.count(1))
"""The clock of the world that is being played, and the numbers of its requests."""


def model_now() -> datetime:
    """Return the time in that world."""
    return BEGAN + timedelta(seconds=now_is.seconds)


class Mistral(FakeMistral):
    """Takes what the plugin gives beside, and tells when a request's execution begins."""

    def __init__(self, begins: Callable[[dict[str, Any]], None]) -> None:
        super().__init__({"w": frozenset({"request"})})
        self._begins = begins
        self.lasting: set[str] = set()
        self.acting: set[str] = set()

    def start(self, *args: Any, params: Mapping[str, Any] | None = None, **kwargs: Any) -> Execution:  # noqa: ARG002
        known = len(self.begun)
        execution = super().start(*args, **kwargs)
        if len(self.begun) > known:
            self._begins(dict(execution.input["request"]))
        return execution

    def cancel(self, execution_id: str) -> None:
        running = execution_id in self.executions and not self.executions[execution_id].final
        super().cancel(execution_id)
        if running and execution_id in self.lasting:
            self.acting.add(execution_id)


@dataclass(frozen=True, kw_only=True)
class Ref:
    """Where a row's memory and services are, as ``ResourceRef`` tells it."""

    context: "World"
    stack: Stack
    row_id: int
    name: str = NAME
    stack_uuid: str = STACK
    stack_id: str = ARN
    project_id: str = PROJECT
    answered_by: str = NAME
    arn_path: str = "/path"

    def identity(self, request_id: str) -> Identity:
        return Identity(stack_id=ARN, request_id=request_id, logical_resource_id=NAME)

    def verify_authority(self) -> None:
        pass

    def zaqar(self) -> Any:
        return Trouble(self.context.next_fault, self.context.zaqar, "Zaqar")

    def mistral(self, *, timeout: float | None = None) -> Any:  # noqa: ARG002 - as ResourceRef's
        return Trouble(self.context.next_fault, self.context.mistral, "Mistral")

    def cfn_url(self) -> str:
        return "http://heat/v1"


class World:
    """Everything, and what each part needs to know of the others."""

    def __init__(self, kind: str, *, rollback: bool) -> None:
        self.kind = kind
        self.seconds = now_is.seconds = 0.0
        now_is.numbers = itertools.count(1)
        self.faults: list[tuple[int, str]] = []
        self.happened: list[str] = []
        self.calls = 0
        self.moments, self._numbers = itertools.count(1), itertools.count(1)
        self.zaqar = FakeZaqar(lambda: self.seconds)
        self.mistral = Mistral(self.begins)
        self.things, self.requests = Things(), Requests()
        self.events: list[str] = []
        self.late: list[bytes] = []
        self.last_answers: list[tuple[int, str]] = []
        self.overtaken: set[str] = set()
        self.asked_provider: list[dict[str, Any]] = []
        self.stack = Stack(self, rollback)
        self.lives = [self._life(), self._life()]

    def _life(self) -> Life:
        return Life(self, project=PROJECT, queue=QUEUE)

    # Time and troubles.

    def now(self) -> datetime:
        return model_now()

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        now_is.seconds = self.seconds

    def next_fault(self) -> str | None:
        self.calls += 1
        if self.faults and self.calls >= self.faults[0][0]:
            fault = self.faults.pop(0)[1]
            self.happened.append(fault)
            return fault
        return None

    # Heat.

    @property
    def rows(self) -> list[Row]:
        return self.stack.rows

    def data(self, row_id: int) -> dict[str, str]:
        return next((row.data_of for row in self.rows if row.id == row_id), {})

    def write(self, row_id: int, key: str, text: str) -> None:
        self.data(row_id)[key] = text
        if key == resource_data.STATE_KEY:
            self.requests.note(row_id, text)

    def row_gone(self, row: Row) -> None:
        left = {entry.physical_resource_id for entry in row.state_in_row().account} - set(row._held())
        told = "\n".join(self.events)
        assert all(name in told for name in left), "a row is gone and does not name what it leaves"
        self.requests.gone(row.id)

    def comes_last(self) -> None:
        """What comes after the last look of a row's Delete, and before Heat takes the row for deleted."""
        while self.last_answers:
            self.provider_answers(*self.last_answers.pop(0))

    def ref(self, row: Row) -> Any:
        return Ref(context=self, stack=self.stack, row_id=row.id)

    def definition(self, number: int, *, replacing: int = 0, retain: bool = False) -> Definition:
        props = {"a": number, "replacing": replacing}
        wish = Spec(
            resource_type="Custom::Thing",
            service_token=TOKENS[self.kind],
            service_timeout=TIMEOUT,
            properties=props,
            delivery=Delivery.DIRECT if self.kind == "direct" else Delivery.QUEUE,
            update_replace_policy=ReplacePolicy.RETAIN if retain else ReplacePolicy.DELETE,
            check_requests=True,
        )
        return Definition(wish, props)

    def stack_exists(self, _name: str, _uuid: str) -> bool:
        return not self.stack.gone

    # Answers.

    def put(self, _url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        """What Heat does with an answer."""
        del attempt
        if self.stack.gone:
            return PutOutcome.RETRY, "the connection is dropped"
        if not self.rows:
            return PutOutcome.REFUSED, "no such resource"
        try:
            signal.receive(self.rows[0].ref, json.loads(body))
        except ResponseError as error:
            return PutOutcome.REFUSED, str(error)
        answer = json.loads(body)
        if answer["Status"] != IN_PROGRESS:
            self.requests.heard(answer["RequestId"], well=answer["Status"] == "SUCCESS")
        return PutOutcome.ACCEPTED, "ok"

    # The handler.

    def running(self) -> list[Execution]:
        return [self.mistral.executions[key] for key in self.mistral.begun if not self.mistral.executions[key].final]

    def begins(self, request: dict[str, Any]) -> None:
        """A handler begins with a request: what that one puts an end to must have ended, and may never begin."""
        ran = {
            str(execution.input["request"]["RequestId"]): execution for execution in self.mistral.executions.values()
        }
        previous = ran.get(str(request["OpenStack"].get("PreviousRequestId")))
        assert previous is None or previous.final, "it began while its predecessor still ran"
        ends = {str(execution.input["request"]["OpenStack"].get("PreviousRequestId")) for execution in ran.values()}
        late = request["RequestId"] in ends and request["RequestType"] != "Check"  # which only looks
        assert not late, "it began after the request that put an end to it"
        self._look_whether_it_is_in_use(request)
        deadline = datetime.fromisoformat(request["OpenStack"]["Deadline"])
        made = previous is not None and previous.input["request"]["RequestType"] != "Check"
        if previous is not None and made and deadline - self.now() > timedelta(seconds=TIMEOUT / 2):
            self.overtaken.add(str(previous.input["request"]["RequestId"]))

    def _look_whether_it_is_in_use(self, request: dict[str, Any]) -> None:
        assert not request.get("PhysicalResourceId", "").startswith(NEVER), "an id was learnt of a Check"
        if request["RequestType"] != "Delete":
            return
        for row in self.rows:
            current = row.state_in_row().current
            stays = row.action != "DELETE" and row.current_template_id == self.stack.t.id
            if stays and current is not None:
                used = current.physical_resource_id
                # A handler that names anew what it was asked to delete contradicts itself.
                if not self.requests.was_named_during(request["RequestId"], used):
                    assert used != request["PhysicalResourceId"], "a thing in use is to be deleted"

    def make(self, which: int) -> None:
        """Let a handler make its thing, and go on."""
        running = self.running()
        if running:
            self.things.make(dict(running[which % len(running)].input["request"]))

    def end(self, which: int, outcome: str) -> None:
        """Let a workflow come to its end."""
        running = self.running()
        if not running:
            return
        execution = running[which % len(running)]
        said = self._said(dict(execution.input["request"]), outcome)
        output = {} if said.physical_resource_id is None else {"physical_resource_id": said.physical_resource_id}
        state = "SUCCESS" if said.well else "ERROR"
        self.mistral.end(execution.id, state, output=output, state_info=None if said.well else "it broke")

    def _said(self, request: dict[str, Any], outcome: str) -> Said:
        said = self.things.end(request, outcome, next(self._numbers))
        if request["RequestType"] in {"Create", "Update"}:
            # What names none has the derived id: its Delete may have been heard before.
            self.requests.named(said.physical_resource_id or derived(request))
        return said

    def provider_reads(self) -> None:
        """Let the outside provider take what is in its queue."""
        for message in list(self.zaqar.messages(PROVIDER_QUEUE)):
            if all(message.body["RequestId"] != known["RequestId"] for known in self.asked_provider):
                self.asked_provider.append(message.body)
        self.zaqar.delete_queue(PROVIDER_QUEUE)

    def provider_answers(self, which: int, outcome: str) -> None:
        """Let it answer a request, once, however late."""
        self.provider_reads()
        if not self.asked_provider or self.stack.gone:
            return
        request = self.asked_provider[which % len(self.asked_provider)]
        if request.get("answered") or self.requests.is_gone(request["RequestId"]):
            return
        request["answered"] = True
        self._look_whether_it_is_in_use(request)
        said = self._said(request, outcome)
        self._put_for(request, said)

    def _put_for(self, request: dict[str, Any], said: Said) -> None:
        body = {
            "Status": "SUCCESS" if said.well else "FAILED",
            "RequestId": request["RequestId"],
            "StackId": request["StackId"],
            "LogicalResourceId": request["LogicalResourceId"],
            "PhysicalResourceId": said.physical_resource_id,
            "Reason": "it broke",
        }
        self.put(None, json.dumps({key: value for key, value in body.items() if value is not None}).encode())

    def provider_answers_again(self, which: int) -> None:
        """Let it answer a request once more, and name another thing that it has made for it."""
        again = [request for request in self.asked_provider if request.get("answered")]
        if not again or self.stack.gone:
            return
        request = again[which % len(again)]
        if request["RequestType"] in {"Delete", "Check"} or self.requests.is_gone(request["RequestId"]):
            return
        self._put_for(request, self._said(request, "ok other"))

    def late_arrives(self) -> None:
        """Let a response arrive whose sender has given up waiting."""
        if self.late:
            self.put(None, self.late.pop(0))

    def put_late(self, body: bytes) -> None:
        self.late.append(body)

    def leave_task(self, which: int) -> None:
        """Let a workflow have a task that goes on when the workflow is cancelled."""
        running = self.running()
        if running:
            self.mistral.lasting.add(running[which % len(running)].id)

    def task_acts(self) -> None:
        """Let such a task of a cancelled workflow act, and be over."""
        for key in sorted(self.mistral.acting):
            self.mistral.acting.discard(key)
            request = dict(self.mistral.executions[key].input["request"])
            self.things.make(request)
            assert request["RequestId"] not in self.overtaken, "a stopped request acted after its successor began"

    def answer_all(self) -> None:
        """Let every handler answer well."""
        while self.running():
            self.end(0, "ok")
        self.provider_reads()
        for which in range(len(self.asked_provider)):
            self.provider_answers(which, "ok")

    # The promise.

    def check(self) -> None:
        """Look at what must hold at every moment."""
        ran_for = [str(self.mistral.executions[key].input["request"]["RequestId"]) for key in self.mistral.begun]
        assert len(ran_for) == len(set(ran_for)), "two executions of one request"

    def check_end(self) -> None:
        """Look at what must hold when the stack is gone and all has come to rest."""
        told = "\n".join(self.events)
        left = self.things.there.keys() - self.requests.may_be_retained
        forgotten = {name for name in left if name not in told}
        assert not forgotten, f"forgotten: {sorted(forgotten)}"
        assert not self.running(), "a workflow still runs"
        assert self.zaqar.count(QUEUE) == 0, "a message is left"
        assert all(life.bridge.idle for life in self.lives), "a bridge is not done"

    # The bridges.

    def bridge(self, number: int, what: Any, *args: Any) -> None:
        try:
            what(self.lives[number], *args)
        except Died:
            self.kill(number)

    def kill(self, number: int) -> None:
        self.lives[number] = self._life()
