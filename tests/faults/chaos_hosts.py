"""The fault suite of the cloud of several hosts: ``make chaos-ha``.

    CRB_CLOUD_PROFILE=ha PYTHONPATH=.:tests python -m faults.chaos_hosts --requests 500 --faults 20 --seed 1

It needs that cloud. Each fault is kept as soon as it is over, in --kept; SIGTERM and --longest end the run after the
fault that is on, and what was had by then is checked. ``--after 20`` goes on after the first 20 faults of a seed. The
report is printed, and its exit code says whether nothing was lost.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from faults.campaign import Campaign, report, say
from faults.checker import Verdict
from faults.hosts import host_faults
from faults.journal import Ended, Fault, add, read, tables
from releases.page import written
from standalone import LOGS

from devstack.cloud import settings, starter
from devstack.cloud.services.catalogue import services
from devstack.cloud.services.operator import BRIDGE


class HostRun(Campaign):
    """A run in which hosts die, and the cloud's own bridges with them."""

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args, {})
        self.cloud = cloud = settings.load()
        self.logs = [cloud.log_file(service.name) for service in services(cloud).values() if service.kind == BRIDGE]
        if not self.logs:
            raise SystemExit("this cloud has one host: CRB_CLOUD_PROFILE=ha")
        self.kinds = host_faults(cloud, self.rng, away=args.away, stop=args.stop)
        self.played = args.after
        self._ends = time.monotonic() + 60 * args.longest

    def run(self) -> Verdict:
        """Play it; return what was counted."""
        names = self.names()  # drawn before the traffic draws from the same seed
        self.traffic.start()
        self.break_things(names)
        self.settle()
        say("the traffic has ended; what was made is counted")
        verdict = self.checker.check(self.traffic.stacks, self.happened, self.logs)
        verdict.wrong += self.problems
        if self.args.strict:
            verdict.wrong += [f"asked for again: {one}" for one in (*verdict.excused, *verdict.cleaned_later)]
        return verdict

    def mend(self) -> None:
        starter.start_some(self.cloud, set(services(self.cloud)) - set(starter.running(self.cloud)))

    def end_soon(self) -> None:
        """Have the fault that is on be the last one."""
        self._ends = 0.0

    def time_is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def keep(self, fault: Fault) -> None:
        add(self.args.kept, fault)

    def ended(self, verdict: Verdict, seconds: float) -> Ended:
        """Return what the run came to."""
        things = verdict.things
        return Ended(
            seed=self.args.seed,
            after=self.args.after,
            minutes=round(seconds / 60, 1),
            faults=sum(len(times) for times in self.recovery.values()),
            requests=verdict.requests,
            executions=verdict.executions,
            made=things.made,
            deleted=things.deleted,
            left=things.left,
            twice=things.twice,
            asked_again=len(verdict.excused) + len(verdict.cleaned_later),
            wrong=len(verdict.wrong),
        )


def arguments(argv: list[str] | None, *, name: str, text: str | None) -> argparse.Namespace:
    """Read what the command line says."""
    parser = argparse.ArgumentParser(prog=name, description=text, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--workers", type=int, default=4, help="stacks at a time")
    parser.add_argument("--resources", type=int, default=4, help="custom resources in a stack, at most")
    parser.add_argument("--pause", type=float, default=10.0, help="seconds between two faults, at most")
    parser.add_argument("--timeout", type=int, default=300, help="the requests' ServiceTimeout, seconds")
    parser.add_argument("--recovery", type=float, default=90.0, help="seconds that a recovery is measured, at most")
    parser.add_argument("--away", type=float, default=20.0, help="seconds that a killed host is away")
    parser.add_argument("--stop", type=float, default=120.0, help="seconds that a node is stopped, or two hosts parted")
    parser.add_argument("--minutes", type=float, default=20.0, help="after the last fault, until no stack is begun")
    parser.add_argument("--longest", type=float, default=600.0, help="minutes after which no fault begins")
    parser.add_argument("--after", type=int, default=0, help="how many of the seed's faults an earlier run has played")
    parser.add_argument("--only", default="", help="faults to choose from, with commas")
    parser.add_argument("--strict", action="store_true", help="no operation may fail, whoever's doing it is")
    parser.add_argument("--report", type=Path, default=LOGS / f"{name}.md")
    parser.add_argument("--kept", type=Path, default=LOGS / f"{name}.jsonl", help="what all runs had, line by line")
    parser.add_argument("--page", type=Path, help="a page whose tables are written from what all runs had")
    return parser.parse_args(argv)


def play(run: HostRun) -> int:
    """Play a run to its end and report it; 0 means that nothing was lost, doubled or stuck."""
    signal.signal(signal.SIGTERM, lambda *_: run.end_soon())
    args, began = run.args, time.monotonic()
    verdict = run.run()
    seconds = time.monotonic() - began
    text = report(run, verdict, seconds)
    args.report.write_text(text)
    add(args.kept, run.ended(verdict, seconds))
    if args.page:
        args.page.write_text(written(args.page.read_text(), tables(read(args.kept))))
    sys.stdout.write(f"\n{text}")
    return 1 if verdict.wrong else 0


def main(argv: list[str] | None = None) -> int:
    args = arguments(argv, name="chaos-ha", text=__doc__)
    say(f"chaos of hosts with seed {args.seed}")
    return play(HostRun(args))


if __name__ == "__main__":
    sys.exit(main())
