"""What an operator sees of the bridge service: each worker's figures, readiness and report, and notifications."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import oslo_messaging
import pytest
import requests
from functional.operator.broker import WayToBroker
from functional.operator.operators import BRIDGE_CONF, Operator, Running, broker_url, wait_for
from functional.plugin.stacks import Stacks, custom, hot
from oslo_config import cfg
from prometheus_client.parser import text_string_to_metric_families
from standalone import cloud

TOPIC = "crb_test_notifications"
HIDDEN = "a-property-that-nobody-may-see"
WHO = hot({"who": custom("mistral:crbo_who", {"password": HIDDEN})})


@pytest.fixture(scope="module")
def port() -> int:
    """Return a free port whose successor is free too."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            found = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", found + 1))
            except (OSError, OverflowError):
                continue
            return found
    pytest.fail("no two ports are free")


@pytest.fixture
def service(operator: Operator, port: int, tmp_path: Path) -> Running:
    """Return a bridge service of two workers that shows all it can."""
    more = (
        f"[observability]\nlisten = 127.0.0.1:{port}\n[oslo_reports]\nlog_dir = {tmp_path}\n"
        f"[oslo_messaging_notifications]\ndriver = messagingv2\ntopics = {TOPIC}\n"
    )
    return operator.start("--workers", "2", more=more)


def figures(port: int, name: str) -> float:
    """Return the sum of a figure over both workers, whatever it is kept by."""
    total = 0.0
    for number in (port, port + 1):
        text = requests.get(f"http://127.0.0.1:{number}/metrics", timeout=30).text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        total += sum(sample.value for sample in samples if sample.name == f"customresource_bridge_{name}")
    return total


def ready(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60).text


class Heard:
    """Listens to notifications, as an audit or a billing service does."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.came = threading.Event()

    def info(self, _ctxt: Any, publisher: str, event: str, payload: Any, _metadata: Any) -> None:
        assert publisher.startswith("customresource-bridge.")
        self.messages.append((event, payload))
        self.came.set()

    def of(self, stack_id: str) -> dict[str, dict[str, Any]]:
        """Return what was heard of a stack, by event."""
        return {event: payload for event, payload in self.messages if payload["stack_id"] == stack_id}


@pytest.fixture
def heard(operator_user: Operator) -> Iterator[Heard]:
    del operator_user  # Heat is restarted for it, before anybody listens
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[str(BRIDGE_CONF)])
    transport = oslo_messaging.get_notification_transport(conf, url=broker_url())
    endpoint = Heard()
    target = oslo_messaging.Target(topic=TOPIC)
    listener = oslo_messaging.get_notification_listener(transport, [target], [endpoint], executor="threading")
    listener.start()
    yield endpoint
    listener.stop()
    listener.wait()
    transport.cleanup()


def test_each_worker_shows_its_figures_and_notifications_are_sent(
    service: Running, port: int, heard: Heard, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    stacks = [stacks_of(name).create(WHO) for name in ("demo", "other")]
    bad = custom("mistral:nobody_wrote_this", {"password": HIDDEN})
    # After another resource, which might make the workflow: so it is not looked for when the template is validated.
    failing = stacks_of("demo").create(hot({"bad": {**bad, "depends_on": "made"}, "made": {"type": "OS::Heat::None"}}))
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
    failing.wait("CREATE_FAILED")
    for stack in stacks:
        stack.delete().wait("DELETE_COMPLETE")
    wait_for(lambda: figures(port, "requests_total") >= 5, 60, "all requests to be counted")
    wait_for(lambda: figures(port, "in_flight") == 0, 60, "the last one to be off its queue")

    wait_for(lambda: len(heard.of(stacks[1].id)) == 2 and heard.of(failing.id), 60, "notifications")
    for stack, name in zip(stacks, ("demo", "other"), strict=True):
        told = heard.of(stack.id)
        assert set(told) == {"customresource.create.success", "customresource.delete.success"}
        created = told["customresource.create.success"]
        assert created["project_id"] == cloud_session(name).get_project_id()
        assert (created["logical_resource_id"], created["workflow"]) == ("who", "crbo_who")
        assert created["request_id"] in service.log()
        assert 0 < created["execution_duration"] <= created["duration"]
    assert set(heard.of(failing.id)) == {"customresource.create.failed"}
    assert HIDDEN not in json.dumps(heard.messages)
    failing.delete()


def test_each_worker_reports_on_a_signal_and_keeps_the_password(
    service: Running, operator: Operator, port: int, tmp_path: Path
) -> None:
    for number in (port, port + 1):
        wait_for(lambda number=number: ready(number) == "ready\n", 120, "a worker to be ready")
    processes = service.processes()
    assert len(processes) == 3
    for process in processes:  # as systemd does
        os.kill(process, signal.SIGUSR2)
    reports = [f"*-{process}_gurumeditation_*" for process in processes]
    wait_for(lambda: all(list(tmp_path.glob(report)) for report in reports), 60, "a report of each")
    assert service.processes() == processes
    broker_password = urlsplit(broker_url()).password
    for number, report in enumerate(reports):
        (file,), last = tmp_path.glob(report), "Requests in flight" if number else "trusts_stale_after"
        text = wait_for(lambda file=file, last=last: last in (t := file.read_text()) and t, 60, "a whole report")
        assert "password = ***" in text
        assert operator.password not in text
        assert broker_password
        assert broker_password not in text


def test_readiness_names_what_is_away(
    operator: Operator, port: int, broker: WayToBroker, stacks_of: Callable[[str], Stacks]
) -> None:
    more = f"[observability]\nlisten = 127.0.0.1:{port}\n[oslo_messaging_notifications]\ntransport_url = {broker.url}\n"
    operator.start("--workers", "2", more=more)
    stack = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
    for number in (port, port + 1):
        wait_for(lambda number=number: ready(number) == "ready\n", 120, "a worker to be ready")
    cloud("stop", "zaqar")
    try:
        said = wait_for(lambda: (text := ready(port)) != "ready\n" and text, 60, "it to notice Zaqar")
        assert said.startswith("not ready: Zaqar: ")
        assert said.count("\n") == 1
    finally:
        cloud("start", "zaqar")
    wait_for(lambda: ready(port) == "ready\n", 120, "it to be ready again")
    broker.cut()
    said = wait_for(lambda: (text := ready(port)) != "ready\n" and text, 60, "it to notice the bus")
    assert said.startswith("not ready: Message bus: ")
    broker.mend()
    wait_for(lambda: ready(port) == "ready\n", 120, "it to be ready again")
    stack.delete().wait("DELETE_COMPLETE")
