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
"""Seconds in which the bridge that starts may take what waits: messages, executions, a login for each project."""


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
                empty = _measured(tenant, operator, running, measures.Found(), rounds=given.rounds, project="demo")
            seconds = Filler(tenant, operator).fill(size)
            print(f"Filled in {seconds:.0f} s.", flush=True)
            operator.stop()
            running = operator.start(more=more, max_projects=size.projects + 1)
            full = measures.Found()
            measures.takes_up(operator, address, size, full, patience=TO_SETTLE)
            began = time.monotonic()
            quiet = wait_for_quiet(TO_SETTLE)
            print(f"{time.monotonic() - began:.0f} s later it is {'quiet' if quiet else 'still busy'}.", flush=True)
            _measured(tenant, operator, running, full, rounds=given.rounds, project=names.project_name(0))
            measures.with_indexes(tenant, given.rounds, full)
        finally:
            operator.stop()
            told.unlink()
    tables.report(empty, full, size).publish(given.out)
    return tables.missed(empty, full)


def _measured(  # noqa: PLR0913 - what is measured, and by whom
    tenant: Tenant, operator: Operator, running: Running, found: measures.Found, *, rounds: int, project: str
) -> measures.Found:
    measures.one_stack(tenant, rounds, found)
    measures.operator_bridge(operator, running, found)
    measures.request_lists(project, found)
    measures.engine_start(found)
    measures.in_engine(ATTENDED, found)
    measures.take_over(TAKEN_OVER, found)
    measures.at_rest(found)
    print(found, flush=True)
    return found


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
