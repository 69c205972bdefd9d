"""What is measured in an empty cloud, and again in a full one."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import requests
from bench.profile import spent
from bench.profile.calls import AccessLogs
from bench.scale_cloud.filling import query, template
from bench.scale_cloud.names import Size
from bench.scale_cloud.names import waiting as waiting_stacks
from functional.operator.operators import CLOUD, USER, Operator, Running
from functional.tenant import Tenant
from prometheus_client.parser import text_string_to_metric_families
from sizing_indexes import indexes
from standalone import LOGS, ROOT, cloud, sql

from customresource_bridge.clients.keystone import trusts
from customresource_bridge.protocol import Secret, ids
from devstack.cloud import environ

PHASES = ("create", "update", "delete")
STARTING = 12.0
"""Seconds after its start in which an engine does what it does first."""
WATCHED = 40.0
BUSY_TABLES = 6
OPENED = 500
"""Projects of which a bridge takes up what waits: twice as many as one process has room for by default."""
IN_FLIGHT = "customresource_bridge_in_flight"


@dataclass
class Found:
    """What was found in one state of the cloud.

    :ivar seconds: by what was measured.
    :ivar cpu: processor seconds of all services, by what was measured.
    :ivar rows: rows that the database server read meanwhile, by what was measured.
    :ivar tables: of those, the tables that most were read of.
    :ivar other: figures of other kinds.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    rows: dict[str, float] = field(default_factory=dict)
    tables: dict[str, Mapping[str, int]] = field(default_factory=dict)
    other: dict[str, float] = field(default_factory=dict)

    def measure(self, name: str, call: Callable[[], object], *, times: int = 1) -> None:
        """Measure a call that does something so many times."""
        before, rows = spent.so_far(), _rows_read()
        began = time.monotonic()
        call()
        self.seconds[name] = (time.monotonic() - began) / times
        self.cpu[name] = sum(spent.since(before, spent.so_far()).values()) / times
        read = {table: now - rows.get(table, 0) for table, now in _rows_read().items() if now > rows.get(table, 0)}
        self.rows[name] = sum(read.values()) / times
        most = sorted(read, key=lambda table: -read[table])[:BUSY_TABLES]
        self.tables[name] = {table: read[table] // times for table in most}


def _rows_read() -> dict[str, int]:
    found = query("SELECT CONCAT(table_schema, '.', table_name), rows_read FROM information_schema.TABLE_STATISTICS")
    return {name: int(rows) for name, rows in found}


def one_stack(tenant: Tenant, rounds: int, found: Found, when: str = "") -> None:
    """Create, update and delete a stack with one custom resource, one after the other.

    :param when: is said after each name.
    """
    times: dict[str, list[float]] = {phase: [] for phase in PHASES}

    def each() -> None:
        for _ in range(rounds):
            for phase, seconds in _life(tenant).items():
                times[phase].append(seconds)

    _life(tenant)
    found.measure(f"one stack's life{when}", each, times=rounds)
    for phase, seconds in times.items():
        found.seconds[f"one stack: {phase}{when}"] = statistics.median(seconds)


def _life(tenant: Tenant) -> dict[str, float]:
    name, body = f"bench-{uuid4().hex[:8]}", template("bench_custom")
    began = time.monotonic()
    made = tenant.heat.post("/stacks", json={"stack_name": name, "template": body, "timeout_mins": 5}).json()
    path = f"/stacks/{name}/{made['stack']['id']}"
    created = _came_to(tenant, path, "CREATE_COMPLETE")
    body["resources"]["thing0"]["properties"]["Number"] = 2
    tenant.heat.put(path, json={"template": body})
    updated = _came_to(tenant, path, "UPDATE_COMPLETE")
    tenant.heat.delete(path)
    deleted = _came_to(tenant, path, "DELETE_COMPLETE")
    return dict(zip(PHASES, (created - began, updated - created, deleted - updated), strict=True))


def _came_to(tenant: Tenant, path: str, status: str) -> float:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        stack = tenant.heat.get(path, params={"resolve_outputs": "false"}).json()["stack"]
        assert not stack["stack_status"].endswith("FAILED"), stack["stack_status_reason"]
        if stack["stack_status"] == status:
            return time.monotonic()
        time.sleep(0.05)
    events = tenant.heat.get(f"{path}/events", params={"nested_depth": 1}).json()["events"]
    raise AssertionError(f"{path} is not {status}: {[event['resource_status_reason'] for event in events]}")


def engine_start(found: Found) -> None:
    """Start the engines anew, and see what they do first."""
    cloud("kill", "heat-engine")
    found.measure("engine: ready", lambda: cloud("start", "heat-engine"))
    found.measure(f"engine: the {STARTING:.0f} s after", lambda: time.sleep(STARTING))


def take_over(number: int, found: Found) -> None:
    """Have the engines start that find so many waiting rows locked by one that died, until all are taken over."""
    dead = "d" * 36
    held = f"SELECT COUNT(*) FROM heat.resource WHERE engine_id = '{dead}'"  # noqa: S608 - ours
    cloud("kill", "heat-engine")
    sql(
        f"UPDATE heat.resource SET engine_id = '{dead}' WHERE status = 'IN_PROGRESS' AND engine_id IS NULL "  # noqa: S608
        f"ORDER BY id LIMIT {number}"
    )
    number = int(query(held)[0][0])
    cloud("start", "heat-engine")

    def taken() -> None:
        until = time.monotonic() + 300
        while int(query(held)[0][0]) and time.monotonic() < until:
            time.sleep(0.2)

    found.measure("take-over of one row", taken, times=max(1, number))
    found.other["rows taken over"] = number - int(query(held)[0][0])


def with_indexes(tenant: Tenant, rounds: int, found: Found) -> None:
    """Measure a worker's look and a stack's life once more, with the indexes that the page on sizing has one make.

    They are gone again afterwards.
    """
    made = indexes()
    sql("".join(f"{index.make} ANALYZE TABLE {index.table};" for index in made))
    when = ", with the indexes"
    indexed = Found()
    in_engine(0, indexed)
    one_stack(tenant, rounds, found, when)
    found.seconds[f"worker: scan{when}"] = indexed.seconds["worker: scan"]
    sql("".join(index.drop for index in made))


def in_engine(rows: int, found: Found) -> None:
    """Measure what one worker does for all that waits."""
    program = [CLOUD.program("python"), str(Path(__file__).with_name("in_engine.py")), str(CLOUD.conf), str(rows)]
    environment = environ.clean(CLOUD) | {"PYTHONPATH": str(ROOT)}
    output: list[str] = []

    def run() -> None:
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr[-3000:]
        output.append(done.stdout.splitlines()[-1])

    found.measure("in one worker, all of it", run)
    measured: dict[str, Any] = json.loads(output[0])
    found.other |= {"rows waiting": measured["waiting"], "rows attended": measured["rows"]}
    for name in ("scan", "kept", "clean_up", "attend", "attend_cpu"):
        found.seconds[f"worker: {name}"] = measured[name]


def at_rest(found: Found) -> None:
    """Measure what is there: databases, memory, connections."""
    sizes = query(
        "SELECT table_schema, SUM(data_length + index_length) FROM information_schema.tables "
        "WHERE table_schema IN ('heat', 'keystone', 'zaqar', 'mistral') GROUP BY table_schema ORDER BY table_schema"
    )
    found.other |= {f"database of {name}, MiB": float(size) / 2**20 for name, size in sizes}
    found.other |= {f"memory of {name}, MiB": size / 2**20 for name, size in sorted(spent.memory().items())}
    ((_, connections),) = query("SHOW GLOBAL STATUS LIKE 'Threads_connected'")
    found.other["connections to MariaDB"] = int(connections)


def operator_bridge(operator: Operator, running: Running, found: Found) -> None:
    """Measure the registry, and what a bridge that has no work asks the services for, and its memory."""
    account = trusts.Account(
        auth_url=str(operator.keystone.endpoint_override),
        username=USER,
        password=Secret(operator.password),
        user_domain_name="Default",
    )
    own = trusts.own_session(account, timeout=300, verify=str(CLOUD.ca_file or "") or True, project={"unscoped": True})
    registry = trusts.Registry(own, account, stale_after=0, monotonic=time.monotonic)
    registry.projects()
    found.measure("bridge: all projects listed", registry.projects)
    found.other["projects"] = len(registry.known())
    worker = psutil.Process(running.processes()[-1])
    logs, cpu = AccessLogs(LOGS), sum(worker.cpu_times()[:2])
    found.measure(f"bridge: {WATCHED:.0f} s of its rounds", lambda: time.sleep(WATCHED))
    calls = sum(cost.count for cost in logs.since().values())
    found.other["services' calls a minute"] = 60 * calls / WATCHED
    found.other["bridge: processor ms a minute"] = 1000 * (sum(worker.cpu_times()[:2]) - cpu) * 60 / WATCHED
    found.other["bridge: memory, MiB"] = worker.memory_info().rss / 2**20


def takes_up(operator: Operator, address: str, size: Size, found: Found, *, patience: float) -> None:
    """Ring for what waits in some projects, as Heat does again and again, and wait until a bridge has it in hand.

    :param address: where that bridge serves its metrics.
    :param patience: seconds.
    """
    waiting = [(project, ids.stack_queue(stack)) for project, stack, *_ in waiting_stacks(size)]
    some = {project for project, _ in waiting[:OPENED]}
    waiting = [(project, queue) for project, queue in waiting if project in some]
    have = 0

    def in_hand() -> None:
        nonlocal have
        operator.ring_for(waiting)
        until = time.monotonic() + patience
        while have < len(waiting) and time.monotonic() < until:
            time.sleep(1.0)
            have = _in_flight(address)

    found.measure("bridge: a waiting request taken up", in_hand, times=len(waiting))
    assert have >= len(waiting), f"{have} of {len(waiting)} waiting requests were taken up in {patience:.0f} s"
    found.other |= {"bridge: requests in flight": have, "bridge: of projects": len(some)}


def _in_flight(address: str) -> int:
    families = text_string_to_metric_families(requests.get(f"http://{address}/metrics", timeout=60).text)
    return int(sum(sample.value for family in families if family.name == IN_FLIGHT for sample in family.samples))


def request_lists(project: str, found: Found) -> None:
    """List a project's requests, and those of all projects."""
    found.measure("request list, one project", lambda: _listed(found, "one", "demo", f"--os-project-name={project}"))
    words = ("--all-projects", "--in-flight")
    found.measure("request list, all projects", lambda: _listed(found, "all", "admin", words=words))


def _listed(found: Found, name: str, user: str, *options: str, words: tuple[str, ...] = ()) -> None:
    program = str(Path(sys.executable).with_name("openstack"))
    command = [program, *options, "customresource", "request", "list", *words, "-f", "json"]
    known = os.environ | {"OS_CLOUD": user}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603
    assert done.returncode == 0, done.stderr[-2000:]
    found.other[f"requests listed, {name}"] = len(json.loads(done.stdout))
