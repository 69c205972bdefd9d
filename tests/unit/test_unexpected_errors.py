"""Wherever an error comes up that no code expects, the log says its type and its place, and nothing of what it says.

It may quote whatever it failed at: a ResponseURL, a token. Each place that takes any error is made to meet one.
"""

import ast
import io
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bridge_parts import HEARTBEAT, Time, entry, wait_for
from one_bridge import PROJECT, QUEUE, OneBridge
from oslo_config import cfg
from oslo_log import log as oslo_log
from oslo_log.formatters import ContextFormatter, JSONFormatter

from customresource_bridge.bridge.handling.decision import GIVE_UP
from customresource_bridge.bridge.intake.bells import Bells
from customresource_bridge.bridge.observability.events import GivenBack, Observers
from customresource_bridge.bridge.observability.heartbeats import Heartbeats
from customresource_bridge.bridge.observability.notifications import Notifications
from customresource_bridge.bridge.observability.readiness import Readiness
from customresource_bridge.bridge.operator.broker_listener import BrokerListener
from customresource_bridge.bridge.operator.bus_hearing import BusHearing
from customresource_bridge.bridge.operator.bus_probes import BusProbes
from customresource_bridge.bridge.operator.project_bridges import ProjectBridges
from customresource_bridge.bridge.operator.project_sweep import ProjectSweep
from customresource_bridge.bridge.scheduling.elastic_threads import ElasticThreads
from customresource_bridge.bridge.scheduling.execution_watcher import ExecutionWatcher
from customresource_bridge.bridge.scheduling.timers import Timers
from customresource_bridge.bridge.scheduling.worker_pool import WorkerPool
from customresource_bridge.bridge.settings import Settings
from customresource_bridge.cmd import provider
from customresource_bridge.exposition.textfile import Textfile
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.http.connection import Connection
from customresource_bridge.log_lines import keep_to_lines
from customresource_bridge.provider import handler_calls

PACKAGE = Path(__file__).parents[2] / "customresource_bridge"
SECRETS = ("https://heat:8000/v1/signal/abc?Signature=cGFzc3dvcmQ%3D", "gAAAAAB-a-token-of-mine", "forged\x1b[31m")
SAYS = "\n".join(SECRETS)


class UnexpectedError(Exception):
    """What no code of ours knows."""


def refused() -> None:
    raise ConnectionError(SAYS)


def fails(*_args: Any, **_kwargs: Any) -> Any:
    try:
        refused()
    except ConnectionError as error:
        raise UnexpectedError(SAYS) from error


class Once:
    """Fails, and ends the loop that it was called in."""

    def __init__(self) -> None:
        self.stopping: threading.Event | None = None

    def __call__(self, *_args: Any, **_kwargs: Any) -> Any:
        assert self.stopping is not None
        self.stopping.set()
        fails()


def looped(made: Any, once: Once, monkeypatch: pytest.MonkeyPatch) -> None:
    once.stopping = made._stopping
    monkeypatch.setattr(made._stopping, "wait", lambda *_: made._stopping.is_set())
    made._run()


def a_request_fails(_patch: pytest.MonkeyPatch) -> None:
    one = OneBridge()
    _patch.setattr(one.mistral, "start", fails)
    one.post()
    one.claim()


def a_request_fails_to_the_end(patch: pytest.MonkeyPatch) -> None:
    one = OneBridge()
    one.post()
    one.claim()
    patch.setattr(one.mistral, "get", fails)
    patch.setattr(one.zaqar, "post", fails)
    one.later(3600 + GIVE_UP.total_seconds() + 60)


def a_claim_fails(patch: pytest.MonkeyPatch) -> None:
    one = OneBridge()
    one.post()
    patch.setattr(one, "allowed", fails)
    one.claim()


def a_message_cannot_be_set_aside(patch: pytest.MonkeyPatch) -> None:
    one = OneBridge()
    one.post()
    patch.setattr(one, "allowed", fails)
    patch.setattr(one.zaqar, "post", fails)
    one.seconds += GIVE_UP.total_seconds()
    one.claim()


def a_bell_fails(patch: pytest.MonkeyPatch) -> None:
    once = Once()
    zaqar: Any = SimpleNamespace(claim_hints=once, queues=once)
    looped(Bells(zaqar, Settings(), of="project p", found=fails, clock=Time().clock), once, patch)


def an_observer_fails(_patch: pytest.MonkeyPatch) -> None:
    Observers([fails])(GivenBack(entry()))


def a_heartbeat_fails(_patch: pytest.MonkeyPatch) -> None:
    zaqar: Any = SimpleNamespace(post=fails)
    Heartbeats(zaqar, HEARTBEAT, entries=list, clock=Time().clock).beat()


def a_notification_fails(_patch: pytest.MonkeyPatch) -> None:
    waiting: queue.Queue[Any] = queue.Queue()
    waiting.put(("kind", {"request_id": "r"}))
    waiting.put(None)
    sender: Any = SimpleNamespace(_waiting=waiting, _notifier=SimpleNamespace(info=fails))
    Notifications._run(sender)


def a_look_at_a_service_fails(_patch: pytest.MonkeyPatch) -> None:
    readiness = Readiness(clock=Time().clock)
    readiness.watch({"Zaqar": fails})
    assert readiness.problems() == ["Zaqar: UnexpectedError"]


def the_broker_fails(patch: pytest.MonkeyPatch) -> None:
    once = Once()
    looped(BrokerListener(once, name="message-bus", begun="listening"), once, patch)


def a_probe_fails(_patch: pytest.MonkeyPatch) -> None:
    BusProbes(BusHearing(clock=Time().clock), listening=lambda: True, send=fails).step()


def a_project_cannot_be_opened(_patch: pytest.MonkeyPatch) -> None:
    bridges = ProjectBridges(fails, limit=1, linger=60, trusts_stale_after=3.0)
    bridges.ring(PROJECT, QUEUE)
    wait_for(bridges._openers)


def a_sweep_fails(patch: pytest.MonkeyPatch) -> None:
    once = Once()
    seams: dict[str, Any] = {"queues": fails, "swept": fails, "unneeded": fails}
    looped(ProjectSweep(projects=once, interval=1, **seams), once, patch)


def a_look_for_ended_executions_fails(patch: pytest.MonkeyPatch) -> None:
    once = Once()
    table: Any = SimpleNamespace(started=once)
    mistral: Any = SimpleNamespace()
    watcher = ExecutionWatcher(mistral, table, of="p", ended=fails, fastest=0.1, clock=Time().clock)
    watcher._awake.set()
    looped(watcher, once, patch)


def a_timer_fails(_patch: pytest.MonkeyPatch) -> None:
    Timers("timers", clock=Time().clock)._call(fails, ())


def a_call_fails(_patch: pytest.MonkeyPatch) -> None:
    threads = ElasticThreads(1, name="t")
    threads.submit(fails)
    wait_for(threads)


def a_worker_fails(_patch: pytest.MonkeyPatch) -> None:
    pool = WorkerPool(fails, {}.get, threads=1)
    pool.submit(entry())
    pool.finish(30)
    pool.close()


def a_consumer_fails(_patch: pytest.MonkeyPatch) -> None:
    consumer: Any = SimpleNamespace(serve=fails, stop=threading.Event())
    provider._serve(consumer, threading.Event(), once=False)


def a_handler_cannot_be_run(_patch: pytest.MonkeyPatch) -> None:
    handler_calls._ending(fails, entry().request, {}, 1.0)  # type: ignore[arg-type]


def figures_cannot_be_written(_patch: pytest.MonkeyPatch) -> None:
    Textfile(Path("/nowhere"), "heat", fails)._say(Textfile(Path(), "heat", fails)._writing())


def an_answer_fails_in_the_gateway(_patch: pytest.MonkeyPatch) -> None:
    gateway: Any = None
    Gateway._guarded(gateway, fails)


def an_answer_fails_in_its_server(_patch: pytest.MonkeyPatch) -> None:
    connection: Any = SimpleNamespace(_service=SimpleNamespace(in_loop=lambda *_: None), _answered=None)
    Connection._work(connection, fails, None)  # type: ignore[arg-type]


PLACES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "bridge/bridge.py: _advance": a_request_fails,
    "bridge/bridge.py: _after_mistake": a_request_fails_to_the_end,
    "bridge/bridge.py: _claim_one": a_claim_fails,
    "bridge/intake/admission.py: stumbled": a_message_cannot_be_set_aside,
    "bridge/intake/bells.py: _run": a_bell_fails,
    "bridge/observability/events.py: __call__": an_observer_fails,
    "bridge/observability/heartbeats.py: beat": a_heartbeat_fails,
    "bridge/observability/notifications.py: _run": a_notification_fails,
    "bridge/observability/readiness.py: _ask": a_look_at_a_service_fails,
    "bridge/operator/broker_listener.py: _run": the_broker_fails,
    "bridge/operator/bus_probes.py: step": a_probe_fails,
    "bridge/operator/project_bridges.py: _open": a_project_cannot_be_opened,
    "bridge/operator/project_sweep.py: _run": a_sweep_fails,
    "bridge/scheduling/elastic_threads.py: _make": a_call_fails,
    "bridge/scheduling/execution_watcher.py: _run": a_look_for_ended_executions_fails,
    "bridge/scheduling/timers.py: _call": a_timer_fails,
    "bridge/scheduling/worker_pool.py: _run": a_worker_fails,
    "cmd/provider/__init__.py: _end_of": a_consumer_fails,
    "exposition/textfile.py: _writing": figures_cannot_be_written,
    "gateway/app.py: _guarded": an_answer_fails_in_the_gateway,
    "gateway/http/connection.py: _work": an_answer_fails_in_its_server,
    "provider/handler_calls.py: _ending": a_handler_cannot_be_run,
}

ELSEWHERE = {
    "bridge/scheduling/elastic_threads.py: _run": "raises it on",
    "clients/turns.py: take": "raises it on",
    "exposition/textfile.py: _replace": "raises it on",
    "gateway/body.py: read_body": "a body that ended too early, whatever the server says of it: nothing is logged",
    "gateway/conf.py: _bus": "ends the start, by its type: unit/gateway/test_conf",
    "gateway/upstreams/bus_client.py: _run": "keeps its type: unit/gateway/upstreams/test_bus_client",
    "plugin/answering/bus_endpoint.py: take_answer": "unit/plugin/answering/test_bus_endpoint, which has Heat",
    "plugin/heat/hooks/engine_workers.py: _wrap_start": "keeps its type",
    "plugin/heat/hooks/engine_workers.py: start_and_begin": "the same",
    "plugin/resources/convergence.py: make_replacement": "raises it on",
    "plugin/resources/operated.py: _carried_out": "unit/plugin/resources/test_operated, which has Heat",
    "plugin/waiting/answer_poller.py: _answered": "keeps its type",
    "plugin/waiting/parking.py: park": "unit/plugin/waiting/test_parking, which has Heat",
    "plugin/waiting/scheduler.py: _look_after": "unit/plugin/waiting/test_scheduler, which has Heat",
    "plugin/waiting/scheduler.py: _look_at_others": "unit/plugin/waiting/test_scheduler, which has Heat",
    "plugin/waiting/scheduler.py: _run": "as those two",
    "plugin/waiting/takeover.py: _trouble": "unit/plugin/waiting/test_takeover, which has Heat",
    "provider/invoke.py: *": "the handler's own process: its author's log, with the ResponseURL masked",
    "provider/queue/journal.py: _change": "raises it on",
}
"""Places that take any error, and why none is made to come up there by this test."""


@pytest.fixture(params=["lines", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    conf = cfg.ConfigOpts()
    oslo_log.register_options(conf)
    conf([])
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    handler.setFormatter(ContextFormatter(config=conf) if request.param == "lines" else JSONFormatter())
    before, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    keep_to_lines()
    yield written
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_an_unexpected_error_says_is_in_the_log(
    place: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    PLACES[place](monkeypatch)
    said = log.getvalue()
    assert "UnexpectedError" in said
    assert [secret for secret in SECRETS if secret in said] == []
    assert "forged" not in said


def _takes_any_error(path: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(path.read_text())):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ExceptHandler) and (
                    node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
                ):
                    yield f"{path.relative_to(PACKAGE)}: {function.name}"


def test_each_place_that_takes_any_error_is_tried() -> None:
    found = {place for path in PACKAGE.rglob("*.py") for place in _takes_any_error(path)}
    found = {place if "provider/invoke.py" not in place else "provider/invoke.py: *" for place in found}
    assert found == {*PLACES, *ELSEWHERE}


@pytest.mark.parametrize("part", ["clients", "dashboard", "exposition", "osc", "plugin", "publisher", "visibility"])
def test_in_a_service_s_own_process_nothing_is_logged_while_an_error_is_handled(part: str) -> None:
    """There the log is not ours: the service's oslo.log would add what the error says."""
    handlers = [
        (path, node)
        for path in (PACKAGE / part).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
    ]
    loud = {"warning", "error", "critical", "exception", "log"}
    assert [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, handler in handlers
        for node in ast.walk(handler)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in loud
        and ast.unparse(node.func.value) == "LOG"
    ] == []
