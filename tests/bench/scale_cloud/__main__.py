"""What grows with the cloud: the same measurements in an empty cloud and in one with a hundred thousand stacks.

``make bench-scale``, on the standalone cloud, which is full afterwards: it is to be stopped. ``--stacks 1000 --waiting
100 --projects 20`` tries it small. A real stack's rows are copied by the database server, in minutes; all of it takes a
quarter of an hour.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.quiet import wait_for_quiet
from bench.scale_cloud import measures, names, tables
from bench.scale_cloud.filling import WORKFLOWS, Filler, template
from functional.gateway.running import free_port
from functional.operator.operators import Operator, Running
from functional.tenant import Tenant
from standalone import cloud, logged_in, options, sql

TAKEN_OVER = 100
ATTENDED = 30
TO_SETTLE = 1200.0
"""Seconds in which the bridge may take what waits: messages, executions, a login for each project."""
TO_QUIET = 120.0


def main() -> int:
    """Measure, fill, measure again."""
    given = _parser().parse_args()
    # Ended by a time limit, it still takes its options out of the cloud's configuration, and its bridge along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    size = names.Size(given.stacks, given.waiting, given.projects)
    # Room for what is in use, as an operator's server has; and a count of the rows that are read.
    sql(f"SET GLOBAL innodb_buffer_pool_size = {2 * 2**30}; SET GLOBAL userstat = 1;")
    tenant = Tenant(logged_in("demo"))
    tenant.upload(WORKFLOWS)
    told = options("heat", "bench-scale")
    address = f"127.0.0.1:{free_port()}"
    more = f"[DEFAULT]\ndebug = false\n[observability]\nlisten = {address}\n"
    with TemporaryDirectory() as folder:
        operator = Operator(logged_in("admin"), Path(folder))
        told.write_text(f"[custom_resource]\nbridge_user_id = {operator.user_id}\n")
        try:
            cloud("restart", "heat-engine")
            running = operator.start(more=more)
            with tenant.cleaned():
                tenant.create(template("bench_wait"), wait=False)
                empty = measures.Found()
                measures.one_stack(tenant, given.rounds, empty)
                _bridge(operator, running, empty, project="demo")
                _engines(empty)
            filler = Filler(tenant, operator)
            began = time.monotonic()
            waiting = filler.fill(size)
            print(f"Filled in {time.monotonic() - began:.0f} s.", flush=True)
            operator.stop()
            running = operator.start(more=more, max_projects=size.projects + 1)
            full = measures.Found()
            _quiet()
            measures.one_stack(tenant, given.rounds, full)
            measures.with_indexes(tenant, given.rounds, full)
            _engines(full)
            print(empty, full, sep="\n", flush=True)  # whatever comes, so much has been measured
            filler.post(waiting, size)
            measures.takes_up(operator, address, size, full, patience=TO_SETTLE)
            full.other["bridge: quiet after it took that up"] = _quiet()
            _bridge(operator, running, full, project=names.project_name(0))
            measures.one_stack(tenant, given.rounds, full, ", beside what was taken up")
        finally:
            operator.stop()
            told.unlink()
    tables.report(empty, full, size).publish(given.out)
    return tables.missed(empty, full)


def _bridge(operator: Operator, running: Running, found: measures.Found, *, project: str) -> None:
    measures.operator_bridge(operator, running, found)
    measures.request_lists(project, found)


def _engines(found: measures.Found) -> None:
    measures.engine_start(found)
    measures.in_engine(ATTENDED, found)
    measures.take_over(TAKEN_OVER, found)
    measures.at_rest(found)


def _quiet() -> bool:
    began = time.monotonic()
    quiet = wait_for_quiet(TO_QUIET)
    print(f"{time.monotonic() - began:.0f} s later it is {'quiet' if quiet else 'still busy'}.", flush=True)
    return quiet


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stacks", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=10_000, help="of them, those with a resource that waits")
    parser.add_argument("--projects", type=int, default=2_000)
    parser.add_argument("-n", "--rounds", type=int, default=10, help="stacks that are made in each state")
    parser.add_argument("--out", type=Path, help="folder for the tables")
    return parser


if __name__ == "__main__":
    sys.exit(main())
