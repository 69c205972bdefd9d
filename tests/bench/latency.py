"""How long a stack with one custom resource takes, beside the same stack with OS::Mistral::ExternalResource.

`make bench-latency` runs it on the standalone cloud: create and delete, alternating, as a plain tenant with a bridge in
a process of its own. Exit 1 where a target is missed.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import openstack

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from functional.bridge_process import bridge, environment  # noqa: E402 - found through the line above
from functional.tenant import Tenant  # noqa: E402

POLL = 0.05
PATIENCE = 120.0
TARGETS = {"create": 0.7, "delete": 0.5}
CUSTOM = {"type": "Custom::Bench", "properties": {"ServiceToken": "mistral:bench_custom"}}
EXTERNAL = {
    "type": "OS::Mistral::ExternalResource",
    "properties": {"actions": {action: {"workflow": "bench_external"} for action in ("CREATE", "UPDATE", "DELETE")}},
}
KINDS = {"custom resource": CUSTOM, "OS::Mistral::ExternalResource": EXTERNAL}


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=10, help="rounds that count (default: %(default)s)")
    rounds = parser.parse_args().rounds
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(ROOT / ".cloud" / "clouds.yaml")
    tenant = Tenant(openstack.connect(cloud="demo").session)
    tenant.upload((HERE / "latency.yaml").read_text())
    times: dict[tuple[str, str], list[float]] = {(kind, phase): [] for kind in KINDS for phase in TARGETS}
    with bridge(ROOT / ".cloud" / "log" / "bridge-bench.log", environ=environment()):
        for number in range(rounds + 1):
            for kind, resource in KINDS.items():
                taken = _one(tenant, resource)
                if number:  # the first round warms up
                    for phase, seconds in taken.items():
                        times[kind, phase].append(seconds)
            sys.stdout.write(".")
            sys.stdout.flush()
    return _report(times)


def _one(tenant: Tenant, resource: dict[str, Any]) -> dict[str, float]:
    name = f"bench-{uuid4().hex[:8]}"
    template = {"heat_template_version": "2018-08-31", "resources": {"thing": resource}}

    body = {"stack_name": name, "template": template, "timeout_mins": 5}
    began = time.monotonic()
    path = f"/stacks/{name}/{tenant.heat.post('/stacks', json=body).json()['stack']['id']}"
    created = _until(tenant, path, "CREATE_COMPLETE") - began
    began = time.monotonic()
    tenant.heat.delete(path)
    return {"create": created, "delete": _until(tenant, path, "DELETE_COMPLETE") - began}


def _until(tenant: Tenant, path: str, status: str) -> float:
    """Return when the stack has come to a status."""
    end = time.monotonic() + PATIENCE
    while True:
        stack = tenant.heat.get(path, params={"resolve_outputs": "false"}).json()["stack"]
        if stack["stack_status"] == status:
            return time.monotonic()
        if stack["stack_status"].endswith("FAILED") or time.monotonic() > end:
            raise SystemExit(f"{path} is {stack['stack_status']}: {stack['stack_status_reason']}")
        time.sleep(POLL)


def _report(times: dict[tuple[str, str], list[float]]) -> int:
    custom, external = KINDS
    sys.stdout.write(
        f"\n{'median of ' + str(len(times[custom, 'create'])):<16}{custom:>18}{external:>32}   ratio  target\n"
    )
    missed = False
    for phase, target in TARGETS.items():
        ours, theirs = (statistics.median(times[kind, phase]) for kind in (custom, external))
        missed |= ours / theirs > target
        sys.stdout.write(f"{phase:<16}{ours:>16.2f} s{theirs:>30.2f} s{ours / theirs:>8.2f}{target:>8.2f}\n")
    sys.stdout.write("A target is missed.\n" if missed else "Both targets are met.\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
