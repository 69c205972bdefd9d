"""One bridge host, two, three: what a project that is at its limit in each of them gets done.

``make bench-hosts``, on the standalone cloud of three hosts, with its own bridges of the operator's. A project may have
so many workflows running in each process (``[bridge] max_running``), so that the bridges are the limit and not the two
cores. All requests lie in their stacks' queues before the first bridge starts; the clock is Mistral's. What counts is
how fast the middle half of them began, while each bridge had as many as it may.
"""

import argparse
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.report import Bars, Report, Table
from functional.tenant import Tenant, until
from standalone import logged_in

from devstack.cloud import settings, starter
from devstack.cloud.services.catalogue import services
from devstack.cloud.services.operator import BRIDGE
from devstack.cloud.settings import Settings

GROWTH = 0.5
"""What a further host is worth at least, of the first: two cores bear all services of three hosts besides."""
PATIENCE = 900.0
WORKFLOW = """
version: '2.0'
{name}:
  input: [request]
  output:
    data: {{}}
  tasks:
    takes_its_time:
      action: std.noop
      wait-before: {seconds}
"""


@dataclass(frozen=True)
class Run:
    """What a number of hosts did.

    :ivar requests: how many waited when the first bridge started.
    :ivar executions: how many there were; one for each request is right.
    :ivar seconds: from the first execution's beginning to the last one's end.
    :ivar rate: requests a minute that began while all hosts were at their limit.
    """

    hosts: int
    requests: int
    executions: int
    seconds: float
    rate: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, default=6)
    parser.add_argument("--resources", type=int, default=8, help="of each stack")
    parser.add_argument("--takes", type=int, default=20, help="seconds of each workflow")
    parser.add_argument(
        "--running", type=int, default=4, help="workflows of the project at once, in each host's bridge"
    )
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    cloud, tenant = settings.load(), Tenant(logged_in("demo"))
    bridges = sorted(service.name for service in services(cloud).values() if service.kind == BRIDGE)
    if len(bridges) < 2:
        raise SystemExit("this cloud has no second bridge host: CRB_CLOUD_PROFILE=ha")
    try:
        runs = [measure(cloud, tenant, bridges, count, options) for count in range(1, len(bridges) + 1)]
    finally:
        starter.stop(cloud, bridges, grace=60)  # they run with the bench's limits
        starter.start_some(cloud, bridges)
    report(runs, options).publish(options.out)
    least = worth(runs)
    doubled = any(run.executions != run.requests for run in runs)
    print(f"A further host is worth {least:.2f} of the first at least; the target is {GROWTH}.")
    return int(least < GROWTH or doubled)


def measure(cloud: Settings, tenant: Tenant, bridges: Sequence[str], hosts: int, options: argparse.Namespace) -> Run:
    """Have so many of the bridges do what waits for them."""
    starter.stop(cloud, bridges, grace=60)
    name = f"bench_{uuid4().hex[:8]}"
    tenant.upload(WORKFLOW.format(name=name, seconds=options.takes))
    try:
        with tenant.cleaned():
            run = _measured(cloud, tenant, name, bridges[:hosts], options)
    finally:
        tenant.mistral.delete(f"/workflows/{name}")
    print(run, flush=True)
    return run


def _measured(
    cloud: Settings, tenant: Tenant, workflow: str, bridges: Collection[str], options: argparse.Namespace
) -> Run:
    made = template(workflow, options.resources)
    stacks = [tenant.create(made, wait=False, minutes=60) for _ in range(options.stacks)]
    requests = 0
    for stack in stacks:
        asked = until(
            lambda stack=stack: all_of(tenant.messages(stack.queue), options.resources), f"{stack.name} has asked"
        )
        requests += len(asked)
    limits = {"OS_BRIDGE__MAX_RUNNING": options.running, "OS_BRIDGE__MAX_IN_FLIGHT": options.running}
    starter.start_some(cloud, bridges, environ={key: str(value) for key, value in limits.items()})
    for stack in stacks:
        assert stack.wait(seconds=PATIENCE) == "CREATE_COMPLETE", stack.reason()
    return run_of(len(bridges), requests, _executions(tenant, workflow))


def template(workflow: str, resources: int) -> dict[str, Any]:
    """Return a stack of so many things, which nobody is asked to delete."""
    thing = {
        "type": "Custom::Bench",
        "deletion_policy": "Retain",
        "properties": {"ServiceToken": f"mistral:{workflow}", "ServiceTimeout": int(PATIENCE)},
    }
    return {
        "heat_template_version": "2021-04-16",
        "resources": {f"thing{number}": thing for number in range(resources)},
    }


def all_of(messages: Sequence[Any], resources: int) -> set[str]:
    """Return the ids of the requests that wait, each of which may lie there more than once; none until all do. Pure."""
    found = {message["RequestId"] for message in messages}
    return found if len(found) == resources else set()


def run_of(hosts: int, requests: int, executions: Sequence[dict[str, Any]]) -> Run:
    """Return what so many hosts did, by what Mistral says. Pure."""
    begun = sorted(datetime.fromisoformat(one["created_at"]) for one in executions)
    ended = max(datetime.fromisoformat(one["updated_at"]) for one in executions)
    # The bridges start some seconds after each other, and in the end not all have something left to do.
    quarter = len(begun) // 4
    half = (begun[3 * quarter - 1] - begun[quarter - 1]).total_seconds()
    return Run(hosts, requests, len(executions), (ended - begun[0]).total_seconds(), 60 * 2 * quarter / half)


def worth(runs: Sequence[Run]) -> float:
    """Return what the host that adds least adds, in parts of what the first does. Pure."""
    rates = [run.rate for run in runs]
    return min((more - less) / rates[0] for less, more in pairwise(rates))


def _executions(tenant: Tenant, workflow: str) -> list[dict[str, Any]]:
    path = f"/executions?workflow_name={workflow}&fields=id,created_at,updated_at&limit=1000"
    found: list[dict[str, Any]] = tenant.mistral.get(path).json()["executions"]
    return found


def report(runs: Sequence[Run], options: argparse.Namespace) -> Report:
    """Return what is published."""
    rows = [
        [
            str(run.hosts),
            f"{run.seconds:.0f} s",
            f"{run.rate:.1f}",
            f"{run.rate / runs[0].rate:.2f}",
            str(run.executions - run.requests),
        ]
        for run in runs
    ]
    table = Table(
        ["bridge hosts", "all done after", "begun a minute", "of one host's", "executions too many"],
        rows,
        f"{runs[0].requests} requests of {options.stacks} stacks, {options.takes} s each, {options.running} at once in "
        f"each host's bridge. Target: each further host adds at least {GROWTH} of what the first does.",
    )
    chart = Bars(
        "requests a minute", [f"bridge hosts: {run.hosts}" for run in runs], {"rate": [run.rate for run in runs]}
    )
    return Report("hosts", [table], {"rate": chart})


if __name__ == "__main__":
    sys.exit(main())
