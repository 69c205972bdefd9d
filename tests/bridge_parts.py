"""What the tests of the bridge's small parts share: a clock that is moved by hand, and a request in flight."""

import time
from dataclasses import replace
from datetime import datetime, timedelta

import golden

from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.scheduling.elastic_threads import ElasticThreads
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode, Heartbeat

CREATE = golden.request("create")
NOW = CREATE.extras.deadline - timedelta(hours=1)
HEARTBEAT = Heartbeat(
    id="b1",
    host="desk",
    pid=7,
    version="1.0",
    mode=BridgeMode.TENANT,
    workers=8,
    started_at=datetime(2030, 1, 1, tzinfo=UTC),
)
PROVIDER = replace(HEARTBEAT, id="p1", mode=BridgeMode.PROVIDER, workers=1, queue="zones")
QUEUE = ids.stack_queue("11111111-1111-4111-8111-111111111111")


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.clock = Clock(
            now=lambda: datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
        )


def entry(request_id: str = "r1", *, previous: str | None = None, queue: str = QUEUE, name: str = "A") -> InFlight:
    request = replace(
        CREATE,
        request_id=request_id,
        logical_resource_id=name,
        extras=replace(CREATE.extras, previous_request_id=previous),
    )
    return InFlight(
        key=f"{name}-{request_id}",
        identity=request.identity,
        response_url=Secret("https://heat/token-of-mine"),
        deadline=request.extras.deadline,
        request=request,
        message=Message(queue=queue, message_id=Secret("m"), claim_id=Secret("c"), body=None, age=0, ttl=60),
        since=0.0,
    )


def wait_for(threads: ElasticThreads) -> None:
    """Wait until they have done all that they were given."""
    until = time.monotonic() + 30
    while threads._calls or threads._idle < len(threads):
        assert time.monotonic() < until
        time.sleep(0.001)
