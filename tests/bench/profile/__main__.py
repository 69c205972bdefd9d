"""Processor time of all services for one stack's life, by service and by call, for each way to have something done.

``make bench-profile`` runs it on the standalone cloud, with a bridge and a gateway in processes of their own: create
and delete of a stack with one resource, as a plain tenant. ``make bench-answers`` is the same for the ways of the
answer alone. The engines are started anew for a way; ways and kinds of stack alternate, so that their ratios hold on a
busy machine too. It measures for so many minutes and not so many rounds, and what it found until it is ended it prints.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.latency import CUSTOM, EXTERNAL, HERE, VALUE, StackError, one_stack
from bench.profile import spent, statements
from bench.profile.calls import AccessLogs
from bench.profile.tables import Life, by_call, by_database, by_service, sums
from bench.profile.ways import WAYS, answering, standing_still
from bench.report import Bars, Report
from functional.tenant import Tenant
from keystoneauth1.exceptions import ClientException
from standalone import LOGS, logged_in

PHASES = {phase: {"workflow": "bench_external"} for phase in ("create", "delete")}
DIRECT = {"type": "OS::Heat::CustomResource", "properties": {"delivery": "direct", "workflows": PHASES, "input": {}}}
OTHERS = {
    "direct": ("direct", DIRECT),
    "external": ("OS::Mistral::ExternalResource", EXTERNAL),
    "value": ("OS::Heat::Value", VALUE),
}
"""What is measured beside the ways: names on the command line, and in tables, with the resource."""
BESIDE = OTHERS["external"][0]
SETTLES = 1.5
"""Seconds until what a deletion leaves to be done in the background is done."""
AFTER_SECONDS = 10.0
AFTER = f"the {AFTER_SECONDS:.0f} s after it"
"""What a bridge costs that has just had work, and has none."""
IDLE = 4.0
LOOKS = 0.5
"""Seconds between two looks at a stack: a look costs two services some milliseconds, and who takes longer has more."""


@dataclass
class Found:
    """What was measured so far."""

    lives: dict[str, list[Life]]
    idle: list[Life] = field(default_factory=list)
    statements: dict[str, Mapping[str, int]] = field(default_factory=dict)

    def report(self, name: str) -> Report:
        lives = {kind: found for kind, found in self.lives.items() if found}
        sent = {kind: self.statements[kind] for kind in self.lives if kind in self.statements}
        tables = [by_service(lives, self.idle, beside=BESIDE), by_call(lives), by_database(sent)]
        totals = sums(lives)
        chart = Bars("processor ms of all services", list(totals), {"ms": list(totals.values())})
        return Report(name, tables, {"ms": chart} if totals else {})


def main() -> int:
    """Measure and print."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    session = logged_in("demo")
    tenant = Tenant(session)
    tenant.upload((HERE / "latency.yaml").read_text())
    others = {OTHERS[name][0]: OTHERS[name][1] for name in options.beside}
    found = Found({kind: [] for kind in (*(WAYS[way] for way in options.ways), *others, AFTER)})
    share = 60 * options.minutes / options.blocks / len(options.ways)
    try:
        for _ in range(options.blocks):
            for way in options.ways:
                with answering(way, session) as bridge:
                    _block(Block(tenant, WAYS[way], bridge, others), time.monotonic() + share, found)
    finally:
        found.report(options.name).publish(options.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--minutes", type=float, default=6.0, help="beside the engines' starts (%(default)s)")
    parser.add_argument("-b", "--blocks", type=int, default=2, help="blocks of each way (%(default)s)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=["queue", "bus", "operator"])
    parser.add_argument("--beside", nargs="*", choices=OTHERS, default=list(OTHERS))
    parser.add_argument("--name", default="profile", help="of the files in --out")
    parser.add_argument("--out", type=Path, help="folder for the tables and the plot")
    return parser


@dataclass(frozen=True)
class Block:
    """What is measured in turn while the cloud is set up for one way.

    :ivar bridge: its processes.
    """

    tenant: Tenant
    way: str
    bridge: Sequence[int]
    others: Mapping[str, Any]

    def each(self, measure: Callable[[str, Any], None]) -> None:
        """Have each kind measured once.

        A bridge looks for more often after work, and less and less so: beside the others it stands still, so that each
        kind has its own cost.
        """
        measure(self.way, CUSTOM)
        with standing_still(self.bridge):
            for kind, resource in self.others.items():
                measure(kind, resource)


def _block(block: Block, until: float, found: Found) -> None:
    """Measure rounds until a moment, one at least; one before them warms up, and one after them counts SQL."""

    def note(kind: str, resource: Any) -> None:
        if life := _life(block.tenant, resource):
            found.lives[kind].append(life)
        print(".", end="", flush=True)

    def count(kind: str, resource: Any) -> None:
        with statements.recorded():
            _life(block.tenant, resource)
        found.statements[kind] = statements.by_database()

    block.each(lambda _kind, resource: _life(block.tenant, resource))
    with standing_still(block.bridge):
        found.idle.append(_measured(lambda: time.sleep(IDLE)))
    block.each(note)
    while time.monotonic() < until:
        block.each(note)
    _life(block.tenant, CUSTOM)
    found.lives[AFTER].append(_measured(lambda: time.sleep(AFTER_SECONDS)))
    if block.way not in found.statements:
        block.each(count)


def _life(tenant: Tenant, resource: Any) -> Life | None:
    """Measure one stack; one that fails is told and left out."""
    template = {"heat_template_version": "2018-08-31", "resources": {"thing": resource}}

    def run() -> None:
        one_stack(tenant, template, pause=LOOKS)
        time.sleep(SETTLES)

    try:
        return _measured(run)
    except (StackError, ClientException) as error:
        print(f"\nLeft out: {error}", flush=True)
        return None


def _measured(run: Callable[[], None]) -> Life:
    logs, before, began = AccessLogs(LOGS), spent.so_far(), time.monotonic()
    run()
    seconds, after = time.monotonic() - began, spent.so_far()
    return Life(seconds, spent.since(before, after), logs.since())


if __name__ == "__main__":
    sys.exit(main())
