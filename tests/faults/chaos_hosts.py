"""The fault suite of the cloud of several hosts: ``make chaos-ha``.

    CRB_CLOUD_PROFILE=ha PYTHONPATH=.:tests python -m faults.chaos_hosts --requests 500 --faults 20 --seed 1

It needs that cloud. The report is printed, and its exit code says whether nothing was lost.
"""

import argparse
import sys
import time
from pathlib import Path

from faults.campaign import Campaign, report, say
from faults.checker import Verdict
from faults.hosts import host_faults
from standalone import LOGS

from devstack.cloud import settings
from devstack.cloud.services.catalogue import services
from devstack.cloud.services.operator import BRIDGE


class HostRun(Campaign):
    """A run in which hosts die, and the cloud's own bridges with them."""

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args, {})
        cloud = settings.load()
        self.logs = [cloud.log_file(service.name) for service in services(cloud).values() if service.kind == BRIDGE]
        if not self.logs:
            raise SystemExit("this cloud has one host: CRB_CLOUD_PROFILE=ha")
        self.kinds = host_faults(cloud, self.rng, away=args.away, stop=args.stop)

    def run(self) -> Verdict:
        """Play it; return what was counted."""
        self.traffic.start()
        self.break_things()
        self.settle()
        verdict = self.checker.check(self.traffic.stacks, self.happened, self.logs)
        verdict.wrong += self.problems
        return verdict


def main(argv: list[str] | None = None) -> int:
    """Run it; 0 means that nothing was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="chaos-ha", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--workers", type=int, default=4, help="stacks at a time")
    parser.add_argument("--resources", type=int, default=4, help="custom resources in a stack, at most")
    parser.add_argument("--pause", type=float, default=10.0, help="seconds between two faults, at most")
    parser.add_argument("--timeout", type=int, default=300, help="the requests' ServiceTimeout, seconds")
    parser.add_argument("--recovery", type=float, default=90.0, help="seconds that a recovery is measured, at most")
    parser.add_argument("--away", type=float, default=20.0, help="seconds that a killed host is away")
    parser.add_argument("--stop", type=float, default=120.0, help="seconds that one node of several is stopped")
    parser.add_argument("--minutes", type=float, default=20.0, help="after the last fault, until no stack is begun")
    parser.add_argument("--only", default="", help="faults to choose from, with commas")
    parser.add_argument("--report", type=Path, default=LOGS / "chaos-ha.md")
    args = parser.parse_args(argv)
    say(f"chaos of hosts with seed {args.seed}")
    began = time.monotonic()
    run = HostRun(args)
    verdict = run.run()
    text = report(run, verdict, time.monotonic() - began)
    args.report.write_text(text)
    sys.stdout.write(f"\n{text}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
