"""Processor time of all services for one stack's life, by the way its answers reach Heat.

`make bench-answers` runs it on the standalone cloud, with a gateway and a bridge in processes of their own: create and
delete of a stack with one resource, as a plain tenant. The engines are started anew for each way, and the ways and the
kinds of stack alternate, so that their ratios hold on a busy machine too.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openstack
import psutil
from bench.latency import CUSTOM, EXTERNAL, HERE, VALUE, _one
from bench.report import Bars, Report, Table
from functional.bridge_process import bridge, environment
from functional.gateway.cloud import gateway_in_front
from functional.tenant import Tenant
from standalone import CLOUDS, LOGS

from devstack.cloud import processes, settings

BY_URL, BY_BUS = "custom resource, heat-api-cfn", "custom resource, Heat's bus"
WAYS = {BY_URL: "off", BY_BUS: "on"}
OTHERS = {"OS::Mistral::ExternalResource": EXTERNAL, "OS::Heat::Value": VALUE}
SETTLES = 1.5
"""Seconds until what a deletion leaves to be done in the background is done."""

Spent = dict[str, float]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=5, help="rounds of a block (default: %(default)s)")
    parser.add_argument("-b", "--blocks", type=int, default=2, help="blocks of each way (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    session = openstack.connect(cloud="demo").session
    tenant = Tenant(session)
    tenant.upload((HERE / "latency.yaml").read_text())
    spent: dict[str, list[Spent]] = {kind: [] for kind in (*WAYS, *OTHERS)}
    for _ in range(options.blocks):
        for way, over_bus in WAYS.items():
            with _answering(session, over_bus):
                _block(tenant, way, options.rounds, spent)
    _report(spent).publish(options.out)
    return 0


@contextmanager
def _answering(session: Any, over_bus: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with gateway_in_front(folder, session, over_bus=over_bus) as gateway:
            config = folder / "bridge.conf"
            config.write_text(gateway.bridge_options())
            with bridge(LOGS / "bridge-bench.log", "--config-file", str(config), environ=environment()):
                yield


def _block(tenant: Tenant, way: str, rounds: int, spent: dict[str, list[Spent]]) -> None:
    for number in range(rounds + 1):
        for kind, resource in {way: CUSTOM, **OTHERS}.items():
            before = _processor_seconds()
            _one(tenant, {"heat_template_version": "2018-08-31", "resources": {"thing": resource}})
            time.sleep(SETTLES)
            after = _processor_seconds()
            if number:  # the first round warms up
                spent[kind].append({name: after[name] - before.get(name, 0.0) for name in after})
        sys.stdout.write(".")
        sys.stdout.flush()


def _processor_seconds() -> Spent:
    """Return what each service has spent so far, and our own processes under the names of their commands."""
    found = {path.stem: processes.living(path) for path in settings.load().run.glob("*.json")}
    for process in psutil.Process().children(recursive=True):
        command = process.cmdline()
        name = "gateway" if "gateway" in command else "bridge"
        found.setdefault(name, []).append(process.pid)
    return {name: sum(map(_seconds, pids)) for name, pids in found.items()}


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _report(spent: dict[str, list[Spent]]) -> Report:
    names = sorted({name for rounds in spent.values() for one in rounds for name in one})
    means = {
        kind: {name: statistics.fmean(one.get(name, 0.0) for one in rounds) * 1000 for name in names}
        for kind, rounds in spent.items()
    }
    sums = {kind: sum(found.values()) for kind, found in means.items()}
    external = sums["OS::Mistral::ExternalResource"]
    rows = [[name, *(f"{means[kind][name]:.0f}" for kind in means)] for name in names]
    rows.append(["all", *(f"{sums[kind]:.0f}" for kind in means)])
    rows.append(["to ExternalResource", *(f"{sums[kind] / external:.2f}" for kind in means)])
    counts = ", ".join(f"{kind} {len(rounds)}" for kind, rounds in spent.items())
    table = Table(["processor ms", *means], rows, f"Create and delete of a stack of one resource; means of: {counts}.")
    return Report(
        "answers", [table], {"ms": Bars("processor ms, all services", list(sums), {"ms": list(sums.values())})}
    )


if __name__ == "__main__":
    sys.exit(main())
