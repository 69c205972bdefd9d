"""Plays docs/how-to/upgrade.md on the cloud of several hosts, under load: ``make upgrade-ha``, ``FROM=<commit>``.

Bridges, gateways, and engines with their plugin are exchanged on one host after the other, from the release before to
this tree and back, in the page's order, while stacks are created, updated and deleted. No operation may fail, whoever's
doing it is. Then all of it runs as this tree has it.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from faults import rolling
from faults.campaign import say
from faults.chaos_hosts import HostRun, arguments, play
from faults.excuses import Happened
from upgrade.play import RELEASE, began, exported

from devstack.cloud.services import heat
from devstack.cloud.services.catalogue import services
from devstack.cloud.services.operator import BRIDGE, GATEWAY
from devstack.cloud.settings import Settings

PARTS: Mapping[str, tuple[str, ...]] = {
    "bridge": (BRIDGE,),
    "gateway": (GATEWAY,),
    "heat-engine": (heat.ENGINE, heat.CFN),
}
"""What is exchanged together, in the order of an upgrade."""


class UpgradeRun(HostRun):
    """A run whose faults are the steps of an upgrade, in their order."""

    def __init__(self, args: argparse.Namespace, before: Path) -> None:
        super().__init__(args)
        self.kinds = {
            **steps(self.cloud, PARTS, "upgraded", {}),
            **steps(self.cloud, reversed(PARTS), "taken back", {"PYTHONPATH": str(before)}),
        }

    def names(self) -> list[str]:
        return list(self.kinds)


def steps(
    cloud: Settings, parts: Iterable[str], done: str, environ: Mapping[str, str]
) -> dict[str, Callable[[], list[Happened]]]:
    """Return a step for each part on each of its hosts."""
    found: dict[str, Callable[[], list[Happened]]] = {}
    for part in parts:
        for host in cloud.hosts:
            names = [host.name(kind) for kind in PARTS[part] if host.name(kind) in services(cloud)]
            if names:
                name = f"{host.name(part)} {done}"
                found[name] = partial(_exchanged, cloud, name, names, environ)
    return found


def _exchanged(cloud: Settings, name: str, names: list[str], environ: Mapping[str, str]) -> list[Happened]:
    return [rolling.exchanged(cloud, name, names, environ)]


def main() -> int:
    args = arguments(None, name="upgrade-ha", text=__doc__)
    args.strict = True
    since = os.environ.get("FROM") or began(RELEASE)
    with tempfile.TemporaryDirectory() as name:
        before = exported(since, Path(name) / "before")
        run = UpgradeRun(args, before)
        say(f"to the release before, {since}")
        for exchange in steps(run.cloud, PARTS, "as before", {"PYTHONPATH": str(before)}).values():
            exchange()
        try:
            return play(run)
        finally:
            for exchange in steps(run.cloud, PARTS, "as this tree has it", {}).values():
                exchange()


if __name__ == "__main__":
    sys.exit(main())
