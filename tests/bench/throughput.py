"""Hundreds of requests at once, against as many bare executions of the same workflow; one, two and four bridges.

``make bench-throughput``, on the standalone cloud. The requests lie in the queues of many stacks before the clock
starts with the first bell; it stops when the last is answered. Heat has no part in it: the limit is Mistral.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.report import Bars, Report, Table
from functional.bridge_process import bridge, environment
from functional.tenant import Tenant, until
from standalone import CLOUDS, LOGS

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.compat import UTC

ROOT = Path(__file__).parents[2]
TARGET = 0.9
STARTERS = 8
"""Threads that start executions: a bridge's default, and the bare loop's."""
PATIENCE = 240.0
BARE = "bare executions"
FIRST_SWEEP = 3.0
"""Seconds after which a bridge has looked for what was left for it: it must not find the requests before the bell."""
WORKFLOW = """
version: '2.0'
{name}:
  input:
    - request: null
  output:
    data: {{}}
  tasks:
    done:
      action: std.noop
"""


@dataclass(frozen=True)
class Run:
    """One way to have all done.

    :ivar executions: how many there were at the end.
    """

    name: str
    seconds: float
    executions: int


class Taker:
    """Takes responses and counts them, by the last part of their path."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                taken[self.path] += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}/responses"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--requests", type=int, default=300)
    parser.add_argument("--stacks", type=int, default=100)
    parser.add_argument("--bridges", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    session = sessions.load(cloud="demo", timeout=60, min_token_life=300, connections=32)
    tenant = Tenant(session)
    # A bare loop before and after each: the database that grows slows all down alike.
    runs = [bare(tenant, options.requests)]
    for count in options.bridges:
        runs.append(bridged(tenant, options.requests, options.stacks, count))
        runs.append(bare(tenant, options.requests))
    return report(runs, options.requests, options.stacks, options.out)


def bare(tenant: Tenant, count: int) -> Run:
    """Start executions as a bridge does, and wait for them by one query for all, as it does."""
    workflow = _workflow(tenant)
    body = {"workflow_name": workflow, "input": {"request": {}}}
    began = time.monotonic()
    with ThreadPoolExecutor(STARTERS) as pool:
        list(pool.map(lambda _n: tenant.mistral.post("/executions", json=body), range(count)))
    while _ended(tenant, workflow) < count:
        time.sleep(0.25)
    return Run(BARE, time.monotonic() - began, _executions(tenant, workflow))


def bridged(tenant: Tenant, count: int, stacks: int, bridges: int) -> Run:
    """Let so many bridges answer the requests."""
    workflow, taker = _workflow(tenant), Taker()
    queues = [str(uuid4()) for _ in range(stacks)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        config = Path(folder) / "bridge.conf"
        config.write_text(f"[response]\nallowed_bases = {taker.base}\n[bridge]\nsweep_interval = 3600\n")
        for number in range(bridges):
            log = LOGS / f"bridge-bench-{number}.log"
            running.enter_context(bridge(log, "--config-file", str(config), environ=environment()))
        time.sleep(FIRST_SWEEP)
        with ThreadPoolExecutor(STARTERS) as pool:
            list(pool.map(lambda n: _post(tenant, n, queues[n % stacks], workflow, taker), range(count)))
        assert not taker.taken, "a bridge has heard of the requests before the bell"
        began = time.monotonic()
        for queue in queues:
            tenant.post("heat-cr-bell", {"queue": f"heat-cr-{queue}"})
        until(lambda: len(taker.taken) == count, f"{count} are answered", seconds=PATIENCE)
        seconds = time.monotonic() - began
    for queue in queues:
        tenant.zaqar.delete(f"/queues/heat-cr-{queue}")
    name = "1 bridge" if bridges == 1 else f"{bridges} bridges"
    return Run(name, seconds, _executions(tenant, workflow))


def _post(tenant: Tenant, number: int, stack: str, workflow: str, taker: Taker) -> None:
    project = tenant.session.get_project_id()
    deadline = datetime.now(UTC) + timedelta(hours=1)
    body = {
        "RequestType": "Create",
        "RequestId": str(uuid4()),
        "ResponseURL": f"{taker.base}/{number}",
        "StackId": f"arn:openstack:heat::{project}:stacks/bench/{stack}",
        "ResourceType": "Custom::Bench",
        "LogicalResourceId": f"thing{number}",
        "ServiceToken": f"mistral:{workflow}",
        "ResourceProperties": {"ServiceToken": f"mistral:{workflow}"},
        "OpenStack": {"Version": 1, "ProjectId": project, "Deadline": deadline.isoformat()},
    }
    tenant.post(f"heat-cr-{stack}", body)


def _workflow(tenant: Tenant) -> str:
    name = f"bench_{uuid4().hex[:8]}"
    tenant.upload(WORKFLOW.format(name=name))
    return name


def _ended(tenant: Tenant, workflow: str) -> int:
    path = f"/executions?workflow_name={workflow}&fields=id,state&state=in:SUCCESS,ERROR&limit=1000"
    return len(tenant.mistral.get(path).json()["executions"])


def _executions(tenant: Tenant, workflow: str) -> int:
    return len(tenant.mistral.get(f"/executions?workflow_name={workflow}&fields=id&limit=5000").json()["executions"])


def report(runs: list[Run], count: int, stacks: int, out: Path | None) -> int:
    """Publish, and return 1 where a target is missed."""
    rates = [count / run.seconds for run in runs]
    ratios = _of_bare(runs)
    rows = [
        [run.name, f"{run.seconds:.1f} s", f"{rate:.1f}", f"{ratio:.2f}" if ratio else "", str(run.executions - count)]
        for run, rate, ratio in zip(runs, rates, ratios, strict=True)
    ]
    table = Table(
        ["", "all done after", "per second", "of the bare loops beside it", "duplicate executions"],
        rows,
        f"{count} requests in the queues of {stacks} stacks. Targets: at least {TARGET} of the mean of the bare loop "
        "before and the one after, no duplicate.",
    )
    chart = Bars("executions per second", [run.name for run in runs], {"rate": rates})
    Report("throughput", [table], {"rate": chart}).publish(out)
    missed = any(ratio is not None and ratio < TARGET for ratio in ratios) or any(
        run.executions != count for run in runs
    )
    print("A target is missed." if missed else "All targets are met.")
    return int(missed)


def _of_bare(runs: list[Run]) -> list[float | None]:
    """Return each run's rate in parts of that of the bare loops before and after it; of a bare loop: None."""
    return [
        None if run.name == BARE else (runs[number - 1].seconds + runs[number + 1].seconds) / 2 / run.seconds
        for number, run in enumerate(runs)
    ]


if __name__ == "__main__":
    sys.exit(main())
