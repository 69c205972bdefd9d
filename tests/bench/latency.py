"""How long a stack with one custom resource takes, beside the same stack with OS::Mistral::ExternalResource.

`make bench-latency` runs it on the standalone cloud: create and delete, alternating, as a plain tenant with a bridge in
a process of its own. Beside them: the same by OS::Zaqar::MistralTrigger and a wait condition, a stack that waits for
nothing, and a bare execution, which together are the floor. Exit 1 where a target is missed.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.other_ways import WAITING, Signal, Trigger, bare_execution
from bench.profile.ways import WAYS, answering
from bench.report import Bars, Report, Table
from functional.tenant import Tenant
from standalone import logged_in

HERE = Path(__file__).parent
POLL = 0.05
PATIENCE = 120.0
TARGETS = {"create": 0.7, "delete": 0.5}
CUSTOM = {"type": "Custom::Bench", "properties": {"ServiceToken": "mistral:bench_custom"}}
EXTERNAL = {
    "type": "OS::Mistral::ExternalResource",
    "properties": {"actions": {action: {"workflow": "bench_external"} for action in ("CREATE", "UPDATE", "DELETE")}},
}
KINDS = {"custom resource": CUSTOM, "OS::Mistral::ExternalResource": EXTERNAL}
VALUE = {"type": "OS::Heat::Value", "properties": {"value": "x"}}
TRIGGER, FLOOR, BARE = "MistralTrigger and std.http", "OS::Heat::Value", "bare execution"
SIGNAL = "one signal by a signed URL"
FLOOR_TARGET = 1.3


class StackError(Exception):
    """A stack came to another end, or to none in time."""


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--rounds", type=int, default=10, help="rounds that count (default: %(default)s)")
    parser.add_argument(
        "--way", choices=WAYS, default="queue", help="how its answer reaches Heat (default: %(default)s)"
    )
    parser.add_argument("--out", type=Path, help="folder for the table and the plot")
    options = parser.parse_args()
    rounds = options.rounds
    tenant = Tenant(logged_in("demo"))
    tenant.upload((HERE / "latency.yaml").read_text())
    kinds = (*KINDS, TRIGGER, FLOOR, BARE, SIGNAL)
    times: dict[tuple[str, str], list[float]] = {(kind, phase): [] for kind in kinds for phase in TARGETS}
    trigger, signal = Trigger(tenant), Signal(tenant)
    with answering(options.way, tenant.session):
        for number in range(rounds + 1):
            for kind in kinds:
                taken = _taken(tenant, kind, trigger, signal)
                if number:  # the first round warms up
                    for phase, seconds in taken.items():
                        times[kind, phase].append(seconds)
            sys.stdout.write(".")
            sys.stdout.flush()
    trigger.close()
    signal.close()
    medians = {kind: {phase: statistics.median(times[kind, phase]) for phase in TARGETS} for kind in kinds}
    _all(medians, options.rounds, options.way).publish(options.out)
    return _missed(medians)


def _taken(tenant: Tenant, kind: str, trigger: Trigger, signal: Signal) -> dict[str, float]:
    if kind == SIGNAL:
        return {phase: signal.put() for phase in TARGETS}
    if kind == BARE:
        return {phase: bare_execution(tenant) for phase in TARGETS}
    if kind == TRIGGER:
        return one_stack(tenant, WAITING, trigger.post)
    resource = VALUE if kind == FLOOR else KINDS[kind]
    return one_stack(tenant, {"heat_template_version": "2018-08-31", "resources": {"thing": resource}})


def one_stack(
    tenant: Tenant, template: dict[str, Any], meanwhile: Callable[[str], None] = lambda _path: None, pause: float = POLL
) -> dict[str, float]:
    """Create a stack and delete it; return the seconds of each.

    :param meanwhile: called with the stack's path once its creation has begun.
    :param pause: seconds between two looks at the stack.
    """
    name = f"bench-{uuid4().hex[:8]}"
    body = {"stack_name": name, "template": template, "timeout_mins": 5}
    began = time.monotonic()
    path = f"/stacks/{name}/{tenant.heat.post('/stacks', json=body).json()['stack']['id']}"
    meanwhile(path)
    created = _until(tenant, path, "CREATE_COMPLETE", pause) - began
    began = time.monotonic()
    tenant.heat.delete(path)
    return {"create": created, "delete": _until(tenant, path, "DELETE_COMPLETE", pause) - began}


def _until(tenant: Tenant, path: str, status: str, pause: float) -> float:
    """Return when the stack has come to a status."""
    end = time.monotonic() + PATIENCE
    while True:
        stack = tenant.heat.get(path, params={"resolve_outputs": "false"}).json()["stack"]
        if stack["stack_status"] == status:
            return time.monotonic()
        if stack["stack_status"].endswith("FAILED") or time.monotonic() > end:
            raise StackError(f"{path} is {stack['stack_status']}: {stack['stack_status_reason']}")
        time.sleep(pause)


def _missed(medians: dict[str, dict[str, float]]) -> int:
    """Say which targets are missed; return 1 where there are any."""
    custom, external = KINDS
    missed = 0
    for phase, target in TARGETS.items():
        ours = medians[custom][phase]
        for name, other, most in (
            (external, medians[external][phase], target),
            ("the floor", _floor(medians, phase), FLOOR_TARGET),
        ):
            if ours > most * other:
                sys.stdout.write(f"Missed: {phase} takes {ours / other:.2f} of {name}, at most {most} is wanted.\n")
                missed = 1
    return missed


def _floor(medians: dict[str, dict[str, float]], phase: str) -> float:
    return medians[FLOOR][phase] + medians[BARE][phase]


def _all(medians: dict[str, dict[str, float]], rounds: int, way: str) -> Report:
    """Return all kinds beside each other."""
    ours = medians[next(iter(KINDS))]
    floor = {phase: _floor(medians, phase) for phase in TARGETS}
    told = {phase: floor[phase] + medians[SIGNAL][phase] for phase in TARGETS}
    ways = {**medians, "floor: Value and execution": floor, "floor and signal": told}
    rows = [
        [
            kind,
            *(f"{value:.2f} s" for value in found.values()),
            *(f"{ours[phase] / found[phase]:.2f}" for phase in found),
        ]
        for kind, found in ways.items()
    ]
    targets = ", ".join(f"{phase} {target:g}" for phase, target in TARGETS.items())
    table = Table(
        [f"{WAYS[way]}; median of {rounds}", "create", "delete", "ours to it, create", "ours to it, delete"],
        rows,
        f"Targets of ours: against OS::Mistral::ExternalResource {targets}; against the floor {FLOOR_TARGET}. Deleting "
        "the trigger's stack runs no workflow. The floor is told of nothing: it has no signal.",
    )
    chart = Bars(
        "seconds for a stack of one resource",
        list(medians),
        {phase: [found[phase] for found in medians.values()] for phase in TARGETS},
    )
    return Report("latency" if way == "queue" else f"latency-{way}", [table], {"seconds": chart})


if __name__ == "__main__":
    sys.exit(main())
