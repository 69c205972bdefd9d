"""Answers reach heat-engine over its own bus: without a signing user, heat-api-cfn, or a word to the handler of it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import requests
from functional.gateway.cloud import CloudGateway, gateway_in_front
from functional.gateway.tenant import Tenant
from functional.operator.broker import WayToBroker
from functional.plugin.handler import wait_until
from standalone import LOGS, sql

from devstack.cloud import processes, settings

Body = dict[str, Any]
SUCCESS = {"Status": "SUCCESS", "PhysicalResourceId": "made", "Data": {"Said": "hello"}}


@dataclass
class OverBus:
    """The gateway with its way to the broker, and a handler that answers when the test says."""

    gateway: CloudGateway
    way: WayToBroker
    tenant: Tenant
    queue: str = field(default_factory=lambda: f"over-bus-{uuid4().hex[:8]}")

    def create(self) -> tuple[str, Body]:
        stack = self.tenant.create(f"zaqar:{self.queue}")
        return stack, self.request()

    def request(self) -> Body:
        message = wait_until(lambda: self.tenant.zaqar.claim_one(self.queue, ttl=60), 60, "a request")
        self.tenant.zaqar.delete(message)
        return dict(message.body)

    def answer(self, request: Body, **changes: Any) -> int:
        ids = {name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        body = json.dumps({**ids, **SUCCESS, **changes})
        return requests.put(request["ResponseURL"], body, verify=str(self.gateway.ca_file), timeout=60).status_code

    def delete(self, stack: str) -> None:
        self.tenant.delete(stack)
        assert self.answer(self.request()) == 200
        assert self.tenant.ends(stack) == "DELETE_COMPLETE"


@pytest.fixture(scope="module")
def over_bus(tmp_path_factory: pytest.TempPathFactory, demo: Any) -> Iterator[OverBus]:
    way = WayToBroker(settings.load().transport_url)
    folder = tmp_path_factory.mktemp("over-bus")
    with gateway_in_front(folder, demo, bus_url=way.url, over_bus="on") as gateway:
        yield OverBus(gateway, way, Tenant(demo))
    way.cut()


def workers() -> list[int]:
    """Return the process ids of the engine's workers: all of its session but the one that leads it."""
    record = settings.load().run / "heat-engine.json"
    leader = processes.read_record(record)
    assert leader is not None
    return [pid for pid in processes.living(record) if pid != leader.pid]


def test_a_stack_lives_and_dies_without_a_signing_user_and_without_heat_api_cfn(over_bus: OverBus) -> None:
    stack, request = over_bus.create()
    assert over_bus.answer(request) == 200
    assert over_bus.answer(request) == 200, "once more, as a handler may"
    assert over_bus.tenant.ends(stack) == "CREATE_COMPLETE"
    assert over_bus.tenant.outputs(stack) == {"said": "hello", "ref": "made"}
    assert stack not in sql("SELECT name FROM keystone.local_user WHERE name LIKE 'heat-cr-%'")
    over_bus.delete(stack)
    assert over_bus.answer(request) == 200, "nothing waits for it any more"
    assert stack not in (LOGS / "heat-api-cfn.log").read_text()


def test_a_failure_and_a_wrong_answer_say_why(over_bus: OverBus) -> None:
    stack, request = over_bus.create()
    assert over_bus.answer(request, Data="text") == 400
    assert over_bus.tenant.ends(stack) == "CREATE_FAILED"
    assert "Data is a string" in over_bus.tenant.reason(stack)
    over_bus.delete(stack)


def test_while_the_bus_is_away_the_handler_is_to_come_back(over_bus: OverBus) -> None:
    stack, request = over_bus.create()
    over_bus.way.cut()
    assert over_bus.answer(request) == 503
    over_bus.way.mend()
    wait_until(lambda: over_bus.answer(request) == 200, 60, "the answer is taken")
    assert over_bus.tenant.ends(stack) == "CREATE_COMPLETE"
    over_bus.delete(stack)


def test_an_answer_whose_engine_worker_dies_with_it_is_taken_by_another(over_bus: OverBus) -> None:
    stack, request = over_bus.create()
    rows = "SELECT id FROM heat.resource WHERE status = 'IN_PROGRESS' FOR UPDATE"
    with ThreadPoolExecutor() as beside:
        held = beside.submit(sql, f"BEGIN; {rows}; DO SLEEP(10); ROLLBACK;")
        time.sleep(0.5)
        told = beside.submit(over_bus.answer, request)
        # A worker has it, has said so to the broker, and waits for the row.
        waiting = "SELECT trx_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        wait_until(lambda: sql(waiting), 9, "a worker waits")
        for worker in workers():
            os.kill(worker, signal.SIGKILL)
        held.result()
        # Where the new workers take longer than the gateway waits, the handler is told to come again.
        assert told.result() in (200, 503)
    wait_until(lambda: over_bus.answer(request) == 200, 60, "the answer is taken")
    assert over_bus.tenant.ends(stack) == "CREATE_COMPLETE"
    over_bus.delete(stack)
