"""One life of one bridge's process, for models: the real bridge without its threads, driven by hand, and its troubles.

Whatever it calls may be spoilt: the call, its answer, or the whole process is lost.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import datetime
from typing import Any, Protocol

from customresource_bridge import errors
from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.handling.routes import Routes
from customresource_bridge.bridge.project import Project
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.clients.response_url import PutOutcome


class Died(BaseException):
    """The process is killed: no handler of ordinary exceptions runs."""


FAULTS = ["dies before", "dies after", "lost", "answer lost", "503"]
SLOW = "slow"
"""A fault of a response only, for worlds that know it: it arrives when its sender has long given up waiting."""


class Trouble:
    """Stands before a service and spoils the call that was chosen."""

    def __init__(self, next_fault: Callable[[], str | None], service: Any, name: str) -> None:
        self._next_fault, self._service, self._name = next_fault, service, name

    def __getattr__(self, method: str) -> Any:
        if method.startswith("__"):
            raise AttributeError(method)  # no call of a service: something copies what it was given
        call = getattr(self._service, method)

        def spoilt(*args: Any, **kwargs: Any) -> Any:
            fault = self._next_fault()
            if fault == "dies before":
                raise Died
            if fault == "lost":
                raise errors.ServiceUnavailable(self._name, method, "lost", status=None)
            if fault == "503":
                raise errors.ServiceUnavailable(self._name, method, "busy", status=503)
            result = call(*args, **kwargs)
            if fault == "dies after":
                raise Died
            if fault in {"answer lost", SLOW}:
                raise errors.ServiceUnavailable(self._name, method, "answer lost", status=None)
            return result

        return spoilt


class Surroundings(Protocol):
    """What a bridge lives in."""

    seconds: float
    zaqar: Any
    mistral: Any

    def now(self) -> datetime: ...

    def next_fault(self) -> str | None: ...

    def put(self, url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]: ...

    def put_late(self, body: bytes) -> None: ...

    def stack_exists(self, name: str, uuid: str) -> bool: ...


class Steps(Executor):
    """Keeps what is to be done until the test lets it be done."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []

    def submit(self, call: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        assert not kwargs
        self.waiting.append((call, args))
        return Future()


class ResponseURLs:
    """What Heat's address answers, through the same trouble as all else."""

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self.bases = ("somewhere",)

    def allowed(self, _url: Any) -> bool:
        return True

    def put(self, url: Any, body: bytes, *, attempt: int = 0) -> tuple[PutOutcome, str]:
        del attempt
        fault = self._world.next_fault()
        if fault == "dies before":
            raise Died
        if fault in {"lost", "503"}:
            return PutOutcome.RETRY, fault
        if fault == SLOW:
            self._world.put_late(body)
            return PutOutcome.RETRY, fault
        result = self._world.put(url, body)
        if fault == "dies after":
            raise Died
        return (PutOutcome.RETRY, fault) if fault == "answer lost" else result


class Life:
    """One life of one bridge's process."""

    def __init__(self, world: Surroundings, *, project: str, queue: str) -> None:
        self.steps = Steps()
        self._queue = queue
        clock = Clock(now=world.now, monotonic=lambda: world.seconds)
        parts = Project(
            id=project,
            zaqar=Trouble(world.next_fault, world.zaqar, "Zaqar"),  # type: ignore[arg-type]
            mistral=Trouble(world.next_fault, world.mistral, "Mistral"),  # type: ignore[arg-type]
            heat=world,  # type: ignore[arg-type]
            response_urls=ResponseURLs(world),  # type: ignore[arg-type]
        )
        self.bridge = Bridge(parts, Routes(), Settings(), clock=clock, executor=self.steps)

    def claim(self) -> None:
        self.bridge._ready.add(self._queue)
        if (queue := self.bridge._ready.take(0)) is not None:
            self.bridge._claim_from(queue)

    def step(self, number: int = 0) -> None:
        if self.steps.waiting:
            call, args = self.steps.waiting.pop(number % len(self.steps.waiting))
            call(*args)

    def tick(self) -> None:
        self.bridge._watcher.tick()
        for timers in (self.bridge._timers, self.bridge._claims._timers):
            for callback, args in timers.due():
                callback(*args)
