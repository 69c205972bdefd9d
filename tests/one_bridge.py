"""A bridge without threads on fakes of its services, driven step by step, that remembers what its observer was told."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import datetime, timedelta
from typing import Any

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.intake.beginnings import Beginnings
from customresource_bridge.bridge.observability.events import Event, Observers
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.response_url import PutOutcome
from customresource_bridge.clients.zaqar.dead_letters import DeadLetter, letters
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeMistral, FakeZaqar

PROJECT = "p" * 32
STACK = "11111111-1111-4111-8111-111111111111"
QUEUE = ids.stack_queue(STACK)
SECRETS = ("response-token-of-mine", "property-of-mine", "data-of-mine", "signed-service-token-of-mine")


class _Now(Executor):
    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        call(*args, **kwargs)
        return Future()


_NOW = _Now()


def broken(*_args: Any, **_kwargs: Any) -> None:
    raise RuntimeError("a-signature")


class _AsOwner:
    def __init__(self, one: "OneBridge", owner_id: str) -> None:
        self._one = one
        self._owner_id = owner_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one.mistral, name)

    def start(self, execution_id: str, *args: Any, **kwargs: Any) -> Any:
        if self._owner_id not in self._one.trusting:
            why = f"user {self._owner_id} gives no trust"
            raise errors.NoTrust("Keystone", "let the bridge act", why, listed_at=self._one.seconds)
        self._one.ran_as.setdefault(execution_id, self._owner_id)
        return self._one.mistral.start(execution_id, *args, **kwargs)


class OneBridge:
    """One bridge, whose work is done in the thread that asks for it.

    :param executor: what does the work instead; None are threads of the bridge's own.
    :param beginnings: see Bridge.
    """

    def __init__(
        self,
        *observers: Callable[[Event], None],
        routes: Routes | None = None,
        settings: Settings | None = None,
        executor: Executor | None = _NOW,
        beginnings: Beginnings | None = None,
    ) -> None:
        self.seconds = 0.0
        self.events: list[Event] = []
        self.deliveries: list[tuple[PutOutcome, str]] = []
        self.answers: list[dict[str, Any]] = []
        self.trusting: set[str] = set()
        self.ran_as: dict[str, str] = {}
        self.zaqar = FakeZaqar(lambda: self.seconds)
        self.mistral = FakeMistral({"w": frozenset({"request"})})
        self.clock = Clock(now=self.now, monotonic=lambda: self.seconds)
        self._observer = Observers([self.events.append, *observers])
        self._settings = settings or Settings()
        self._executor = executor
        self._beginnings = beginnings
        self.restart(routes or Routes())

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def allowed(self, _url: Any) -> bool:
        return True

    def restart(self, routes: Routes) -> None:
        """Let a new process take the bridge's place: what was in flight is free to be claimed again after a while."""
        project = Project(
            id=PROJECT,
            zaqar=self.zaqar,  # type: ignore[arg-type]
            mistral=self.mistral,  # type: ignore[arg-type]
            heat=self,  # type: ignore[arg-type]
            response_urls=self,  # type: ignore[arg-type]
            mistral_of=self.mistral_of,
        )
        self.bridge = Bridge(
            project,
            routes,
            self._settings,
            clock=self.clock,
            executor=self._executor,
            observer=self._observer,
            beginnings=self._beginnings,
        )

    def mistral_of(self, owner_id: str) -> Any:
        """Return Mistral as it is for one user of the project: the same executions, and no start without a trust."""
        return _AsOwner(self, owner_id)

    def put(self, _url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        del attempt
        self.answers.append(json.loads(body))
        return self.deliveries.pop(0) if self.deliveries else (PutOutcome.ACCEPTED, "status 200: thanks")

    def stack_exists(self, _name: str, _uuid: str) -> bool:
        return True

    def extras(self, **more: Any) -> dict[str, Any]:
        deadline = (self.now() + timedelta(hours=1)).isoformat()
        return {"Version": 1, "ProjectId": PROJECT, "Deadline": deadline, **more}

    def post(self, kind: str = "Create", **more: Any) -> str:
        """Post a request that holds a secret wherever one may be; return its RequestId."""
        body = self.body(kind, **more)
        self.zaqar.post(QUEUE, body, ttl=7200)
        return str(body["RequestId"])

    def body(self, kind: str = "Create", **more: Any) -> dict[str, Any]:
        body = {
            "RequestType": kind,
            "ServiceToken": "mistral:w",
            "ResponseURL": f"http://heat/{SECRETS[0]}",
            "StackId": f"arn:openstack:heat::{PROJECT}:stacks/mine/{STACK}",
            "RequestId": str(uuid.uuid4()),
            "ResourceType": "Custom::Thing",
            "LogicalResourceId": "Thing",
            "ResourceProperties": {"Password": SECRETS[1]},
            "OpenStack": self.extras(),
        }
        if kind != "Create":
            body["PhysicalResourceId"] = "thing-1"
        if kind == "Update":
            body["OldResourceProperties"] = {"Password": SECRETS[1]}
        return {**body, **more}

    def claim(self) -> None:
        """Claim one message and go as far with it as can be gone."""
        self.bridge._ready.add(QUEUE)
        queue = self.bridge._ready.take(0)
        assert queue == QUEUE
        self.bridge._claim_from(queue)

    def dead_letters(self) -> list[DeadLetter]:
        """Return the messages that were set aside."""
        return list(letters(self.zaqar))  # type: ignore[arg-type]

    def end(self, state: str = "SUCCESS") -> None:
        """Let the executions that run come to their end, and have the bridge see it."""
        for execution in list(self.mistral.executions.values()):
            if not execution.final:
                output = {"physical_resource_id": "thing-1", "data": {"secret": SECRETS[2]}, "no_echo": True}
                self.mistral.end(execution.id, state, output=output, state_info="out of luck")
        self.bridge._watcher.tick()

    def later(self, seconds: float) -> None:
        """Do what is due after so many seconds."""
        self.seconds += seconds
        for callback, args in self.bridge._timers.due():
            callback(*args)
