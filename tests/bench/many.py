"""Many resources: one stack of fifty, ten stacks of ten, a chain of ten, beside OS::Mistral::ExternalResource."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.profile.ways import WAYS, answering
from bench.report import Report, Table
from functional.plugin.situations import World
from functional.plugin.stacks import custom, hot

NOOP = """
version: '2.0'
{name}:
  input:
    - request: null
  tasks:
    nothing:
      action: std.noop
"""
PATIENCE = 900.0


@dataclass(frozen=True)
class Shape:
    """How many resources there are, and how they lie.

    :ivar chained: each waits for the one before.
    """

    title: str
    stacks: int
    resources: int
    chained: bool = False

    def templates(self, resource: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return one template for each stack."""
        resources = {f"r{number}": {**resource} for number in range(self.resources)}
        for number in range(1, self.resources if self.chained else 0):
            resources[f"r{number}"]["depends_on"] = f"r{number - 1}"
        return [hot(resources)] * self.stacks


SHAPES = {
    "ten": Shape("10 stacks of 10", 10, 10),
    "chain": Shape("a chain of 10", 1, 10, chained=True),
    "one": Shape("1 stack of 50", 1, 50),
}
KINDS = {
    "custom": "Custom::Thing",
    "direct": "OS::Heat::CustomResource, direct",
    "external": "OS::Mistral::ExternalResource",
}
BESIDE = "external"


@dataclass(frozen=True)
class Took:
    """Seconds until all were there, and gone again."""

    shape: str
    kind: str
    created: float
    deleted: float


def many(w: World, way: str, shapes: Sequence[str], kinds: Sequence[str]) -> None:
    """Create and delete each shape of each kind, one after the other, and print a table.

    :param way: how the answers of custom resources reach Heat.
    """
    found: list[Took] = []
    with workflow(w, NOOP) as name, answering(way, w.session):
        resources = _resources(name)
        try:
            for shape in shapes:
                for kind in kinds:
                    took = Took(shape, kind, *_all(w, SHAPES[shape].templates(resources[kind])))
                    found.append(took)
                    print(took, flush=True)
        finally:
            Report("many", [table(found, WAYS[way])]).publish(None)


def table(found: Sequence[Took], way: str) -> Table:
    """Return all beside each other, with the ratios to the kind that the others are compared with."""
    other = {took.shape: took for took in found if took.kind == BESIDE}
    rows = [
        [
            SHAPES[took.shape].title,
            KINDS[took.kind],
            f"{took.created:.1f} s",
            f"{took.deleted:.1f} s",
            *(_ratios(took, other[took.shape]) if took.shape in other else ("", "")),
        ]
        for took in found
    ]
    head = ["", "resources", "created", "deleted", f"created, to {KINDS[BESIDE]}", "deleted, to it"]
    return Table(head, rows, f"{KINDS['custom']}: {way}.")


def _ratios(took: Took, other: Took) -> tuple[str, str]:
    return f"{took.created / other.created:.2f}", f"{took.deleted / other.deleted:.2f}"


@contextmanager
def workflow(w: World, text: str) -> Iterator[str]:
    """Upload a workflow; give its name."""
    name = f"bench-{uuid4().hex[:8]}"
    endpoint = {"service_type": "workflowv2", "interface": "public"}
    plain = {"Content-Type": "text/plain"}
    w.session.post("/workflows", data=text.format(name=name), headers=plain, endpoint_filter=endpoint)
    try:
        yield name
    finally:
        w.session.delete(f"/workflows/{name}", endpoint_filter=endpoint)


def _resources(workflow: str) -> dict[str, dict[str, Any]]:
    phases = {phase: {"workflow": workflow} for phase in ("create", "delete")}
    direct = {"delivery": "direct", "workflows": phases, "input": {}}
    actions = {action: {"workflow": workflow} for action in ("CREATE", "DELETE")}
    return {
        "custom": custom(f"mistral:{workflow}"),
        "direct": {"type": "OS::Heat::CustomResource", "properties": direct},
        "external": {"type": "OS::Mistral::ExternalResource", "properties": {"actions": actions}},
    }


def _all(w: World, templates: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return the seconds until all are created, and deleted again."""
    started = time.monotonic()
    stacks = [w.stacks.create(template) for template in templates]
    for stack in stacks:
        stack.wait("CREATE_COMPLETE", PATIENCE)
    created = time.monotonic()
    for stack in stacks:
        stack.delete()
    for stack in stacks:
        stack.wait("DELETE_COMPLETE", PATIENCE)
    return created - started, time.monotonic() - created
