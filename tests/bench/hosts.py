"""One bridge host, two, three: what a project that is at its limit in each of them gets done.

``make bench-hosts``, on the standalone cloud of three hosts, with its own bridges of the operator's. A project may have
so many workflows running in each process (``[bridge] max_running``), so that the bridges are the limit and not the two
cores. All requests lie in their stacks' queues before the first bridge starts; the clock is Mistral's, from the first
execution's beginning to the last one's end.
"""

import argparse
import math
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.report import Bars, Report, Table
from functional.tenant import Stack, Tenant, until
from standalone import logged_in

from devstack.cloud import settings, starter
from devstack.cloud.services.catalogue import services
from devstack.cloud.services.operator import BRIDGE
from devstack.cloud.settings import Settings

GROWTH = 0.8
"""What a further host is worth at least, of the first."""
PATIENCE = 900.0
WORKFLOW = """
version: '2.0'
{name}:
  input:
    - request: null
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

    :ivar seconds: from the first execution's beginning to the last one's end.
    :ivar executions: how many there were; one for each request is right.
    """

    hosts: int
    seconds: float
    executions: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--stacks", type=int, default=6)
    parser.add_argument("--resources", type=int, default=6, help="of each stack")
    parser.add_argument("--takes", type=int, default=10, help="seconds of each workflow")
    parser.add_argument(
        "--running", type=int, default=3, help="workflows of the project at once, in each host's bridge"
    )
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    cloud, tenant = settings.load(), Tenant(logged_in("demo"))
    bridges = sorted(service.name for service in services(cloud).values() if service.kind == BRIDGE)
    if not bridges:
        raise SystemExit("this cloud has one host: CRB_CLOUD_PROFILE=ha")
    try:
        runs = [measure(cloud, tenant, bridges[:count], options) for count in options.hosts]
    finally:
        starter.stop(cloud, bridges, grace=60)
        starter.start_some(cloud, bridges)
    return report(runs, options)


def measure(cloud: Settings, tenant: Tenant, bridges: list[str], options: argparse.Namespace) -> Run:
    """Have these bridges do what waits for them."""
    every = [service.name for service in services(cloud).values() if service.kind == BRIDGE]
    starter.stop(cloud, every, grace=60)
    name = f"bench_{uuid4().hex[:8]}"
    tenant.upload(WORKFLOW.format(name=name, seconds=options.takes))
    with tenant.cleaned():
        stacks = [tenant.create(template(name, options.resources), wait=False) for _ in range(options.stacks)]
        for stack in stacks:
            until(lambda stack=stack: _waiting(tenant, stack) >= options.resources, f"{stack.name} has asked")
        limits = {"OS_BRIDGE__MAX_RUNNING": options.running, "OS_BRIDGE__MAX_IN_FLIGHT": 2 * options.running}
        starter.start_some(cloud, bridges, environ={key: str(value) for key, value in limits.items()})
        for stack in stacks:
            assert stack.wait(seconds=PATIENCE) == "CREATE_COMPLETE", stack.reason()
    run = run_of(len(bridges), _executions(tenant, name))
    print(run, flush=True)
    return run


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


def run_of(hosts: int, executions: list[dict[str, Any]]) -> Run:
    """Return what so many hosts did, by what Mistral says. Pure."""
    begun = min(datetime.fromisoformat(one["created_at"]) for one in executions)
    ended = max(datetime.fromisoformat(one["updated_at"]) for one in executions)
    return Run(hosts, (ended - begun).total_seconds(), len(executions))


def worth_of_a_further(runs: list[Run]) -> float:
    """Return what a further host does at least, in parts of what one of the first run's did. Pure."""
    first, *others = runs
    worth = ((first.seconds / run.seconds - 1) * first.hosts / (run.hosts - first.hosts) for run in others)
    return min(worth, default=math.inf)


def _waiting(tenant: Tenant, stack: Stack) -> int:
    answer = tenant.zaqar.get(f"/queues/{stack.queue}/stats", raise_exc=False)
    return int(answer.json()["messages"]["free"]) if answer.ok else 0  # Heat has not come to it yet


def _executions(tenant: Tenant, workflow: str) -> list[dict[str, Any]]:
    path = f"/executions?workflow_name={workflow}&fields=id,created_at,updated_at&limit=1000"
    found: list[dict[str, Any]] = tenant.mistral.get(path).json()["executions"]
    return found


def report(runs: list[Run], options: argparse.Namespace) -> int:
    """Publish, and return 1 where a target is missed."""
    count = options.stacks * options.resources
    rates = [60 * count / run.seconds for run in runs]
    worth = [rate / rates[0] for rate in rates]
    rows = [
        [str(run.hosts), f"{run.seconds:.0f} s", f"{rate:.1f}", f"{of_first:.2f}", str(run.executions - count)]
        for run, rate, of_first in zip(runs, rates, worth, strict=True)
    ]
    table = Table(
        ["bridge hosts", "all done after", "per minute", "of the first", "duplicate executions"],
        rows,
        f"{count} requests of {options.stacks} stacks, {options.takes} s each, {options.running} at once in each "
        f"host's bridge. Target: a further host is worth at least {GROWTH} of the first.",
    )
    chart = Bars("requests a minute", [str(run.hosts) for run in runs], {"rate": rates})
    Report("hosts", [table], {"rate": chart}).publish(options.out)
    missed = any(run.executions != count for run in runs) or worth_of_a_further(runs) < GROWTH
    print("A target is missed." if missed else "All targets are met.")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
