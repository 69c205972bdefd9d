"""Mistral's hint that an execution has ended: from its publisher, over a bus in memory, to the bridge that has it."""

import threading
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import oslo_messaging
import pytest
from oslo_config import cfg

from customresource_bridge.bridge.operator.execution_events import ExecutionEvents
from customresource_bridge.bridge.operator.project_bridges import ProjectBridges
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging import hint
from customresource_bridge.publisher.publisher import Publisher

OURS = ids.execution_id(project_id="p", stack_id="s", logical_resource_id="r", request_id="q")
THEIRS = str(uuid.uuid4())


@pytest.fixture
def conf() -> Any:
    made = cfg.ConfigOpts()
    made([], default_config_files=[])
    oslo_messaging.get_rpc_transport(made, url="fake://")
    made.set_override("transport_url", "fake://")
    return made


@pytest.fixture
def published() -> Iterator[Publisher]:
    """Return Mistral's publisher, with oslo.config's global configuration, as Mistral has it."""
    cfg.CONF([], default_config_files=[])
    oslo_messaging.get_rpc_transport(cfg.CONF, url="fake://")
    cfg.CONF.set_override("transport_url", "fake://")
    yield Publisher()
    cfg.CONF.reset()


def test_a_hint_reaches_every_bridge_and_nothing_else_does(conf: Any, published: Publisher) -> None:
    heard: list[tuple[int, str]] = []
    both = threading.Semaphore(0)

    def note(number: int, execution_id: str) -> None:
        heard.append((number, execution_id))
        both.release()

    bridges = [ExecutionEvents(conf, url=None, ended=partial(note, number)) for number in (1, 2)]
    for bridge in bridges:
        bridge.start()
        bridge._listener.thread.join(30)
    published._bridges().cast({}, hint.METHOD, execution_id=THEIRS)
    published._bridges().cast({}, hint.METHOD, execution_id=["nonsense"])
    published.publish(None, OURS, {}, "WORKFLOW_SUCCEEDED", None)
    assert both.acquire(timeout=30)
    assert both.acquire(timeout=30)
    for bridge in bridges:
        bridge.stop()
    assert sorted(heard) == [(1, OURS), (2, OURS)]


class Bridge:
    """What is known of a bridge here."""

    def __init__(self, *known: str) -> None:
        self.table = {key: f"entry of {key}" for key in known}
        self.submitted: list[str] = []

    def submit(self, entry: str) -> None:
        self.submitted.append(entry)


def test_the_bridge_that_has_the_request_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bridges = [Bridge(), Bridge(OURS)]
    project_bridges = ProjectBridges(lambda _project: None, limit=1, linger=60)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(project_bridges, "bridges", lambda: bridges)
    project_bridges.ended(OURS)
    project_bridges.ended(THEIRS)
    assert [bridge.submitted for bridge in bridges] == [[], [f"entry of {OURS}"]]
