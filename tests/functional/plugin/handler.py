"""A scripted provider: it reads a queue of its own, writes down what reached it, and answers as the test says.

It stands where a bridge or a third party's handler would: behind ServiceToken ``zaqar:<queue>``, answering by a PUT to
the ResponseURL through heat-api-cfn.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import requests
from functional.pace import FIRST, pauses
from standalone import trusted

from customresource_bridge import errors
from customresource_bridge.clients.zaqar.zaqar import Zaqar

Body = dict[str, Any]
Script = Callable[[Body], Mapping[str, Any] | None]
"""Returns what to answer to a request (Status, PhysicalResourceId ...), or None for silence."""


def succeed(_request: Body) -> Mapping[str, Any]:
    return {"Status": "SUCCESS"}


class Handler:
    """One provider with one queue.

    :ivar pause: seconds after which it looks into its queue again, at most; after a request, sooner.
    """

    def __init__(self, zaqar: Zaqar, script: Script = succeed, *, pause: float = 0.8) -> None:
        self.queue = f"test-{uuid.uuid4().hex}"
        self.script = script
        self.pause = pause
        self.received: list[Body] = []
        self.answered: list[tuple[str, int]] = []
        self.answered_at: dict[str, float] = {}
        self._zaqar = zaqar
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def token(self) -> str:
        return f"zaqar:{self.queue}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(10)
        self._zaqar.delete_queue(self.queue)

    def _run(self) -> None:
        pause = self._pauses()
        while not self._stop.is_set():
            try:
                message = self._zaqar.claim_one(self.queue, ttl=60)
            except errors.ServiceError:
                message = None
            if message is None:
                self._stop.wait(min(next(pause), self.pause))
                continue
            pause = self._pauses()
            self._zaqar.delete(message)
            self.received.append(message.body)
            answer = self.script(message.body)
            if answer is None:
                continue
            try:
                self.answer(message.body, answer)
            except requests.exceptions.SSLError:
                raise
            except requests.RequestException:
                # Where nobody waits for its Delete, the stack may be gone by now: Heat then drops the connection.
                self.answered.append((message.body["RequestId"], 0))

    def _pauses(self) -> Iterator[float]:
        return pauses(min(FIRST, self.pause), self.pause)

    def answer(self, request: Body, answer: Mapping[str, Any]) -> requests.Response:
        body = {
            "StackId": request["StackId"],
            "RequestId": request["RequestId"],
            "LogicalResourceId": request["LogicalResourceId"],
            **answer,
        }
        response = requests.put(
            request["ResponseURL"],
            data=json.dumps(body),
            headers={"Content-Type": ""},
            timeout=60,
            verify=trusted(),
        )
        self.answered_at[request["RequestId"]] = time.time()
        self.answered.append((request["RequestId"], response.status_code))
        return response

    def sequence(self, name: str | None = None) -> list[str]:
        """What reached the handler, without repeats of one RequestId: "Update web id-1 (id-1 is the id it named)"."""
        seen: dict[str, str] = {}
        for request in list(self.received):
            if name in (None, request["LogicalResourceId"]):
                seen.setdefault(request["RequestId"], line(request))
        return list(seen.values())

    def last(self, request_type: str | None = None) -> Body:
        return [r for r in self.received if request_type in (None, r["RequestType"])][-1]

    def wait_for(self, count: int, timeout: float = 180) -> list[Body]:
        """Wait until so many requests have reached the handler."""
        wait_until(lambda: len(self.received) >= count, timeout, f"{count} requests, got {self.sequence()}")
        return self.received


def line(request: Body) -> str:
    return " ".join(
        part
        for part in (request["RequestType"], request["LogicalResourceId"], request.get("PhysicalResourceId"))
        if part
    )


def wait_until(condition: Callable[[], Any], timeout: float, what: str, *, most: float = 0.5) -> Any:
    """Return the condition's first true value; it is looked at every ``most`` seconds, or sooner."""
    end, pause = time.monotonic() + timeout, pauses(min(FIRST, most), most)
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(next(pause))
    raise AssertionError(f"not within {timeout} s: {what}")
