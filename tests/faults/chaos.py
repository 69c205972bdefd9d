"""The fault suite: traffic, faults by a seed, and a checker afterwards. ``make chaos`` runs the long form.

    PYTHONPATH=.:tests python -m faults.chaos --requests 500 --faults 60 --seed 1
    PYTHONPATH=.:tests python -m faults.chaos --requests 100000 --faults 0 --minutes 30    a soak: is memory flat?

It needs the standalone cloud. The report is printed, and its exit code says whether nothing was lost.
"""

import argparse
import random
import signal
import sys
import time
from functools import partial
from pathlib import Path

from faults.campaign import Campaign, report, say
from faults.checker import Verdict
from faults.cloud import Bridge, cfn, services, shown
from faults.faults import all_faults, cut_off
from faults.gateway import Gateway, told_to_heat
from faults.proxy import Fronts
from faults.slow import WORKFLOW, SlowRequests
from functional.operator.broker import WayToBroker
from standalone import LOGS

from customresource_bridge.bridge.intake.claims import FIRST_TTL
from devstack.cloud import settings


class Run(Campaign):
    """One run: what happens, and what is measured."""

    def __init__(self, args: argparse.Namespace) -> None:
        super().__init__(args, {"chaos_slow": WORKFLOW})
        self.bus = WayToBroker(settings.load().transport_url) if args.over_bus else None
        self.gateway = Gateway(None if self.bus is None else self.bus.url)
        behind = [*services(self.session), self.gateway.behind]
        self.fronts = Fronts(behind, random.Random(args.seed), silence=args.silence)  # noqa: S311
        self.gateway_url = f"http://{self.fronts.of(self.gateway.behind)}"
        self.cfn_url = self.fronts.shown(cfn(self.session).encode()).decode()
        clouds = shown(self.fronts)
        self.bridges = [Bridge(number, clouds=clouds, answers_to=self.gateway_url) for number in (1, 2)]
        self.memory: list[tuple[float, list[int]]] = []
        slow = SlowRequests(self.traffic.owner, self.bridges)
        kinds = all_faults(self.bridges, self.gateway, self.fronts, slow, self.rng, freeze=args.freeze)
        if self.bus is not None:
            kinds["bus cut off from the gateway"] = partial(cut_off, self.bus, 8)
        self.kinds = kinds

    def run(self) -> Verdict:
        try:
            names = self.names()  # drawn before the traffic draws from the same seed
            with told_to_heat(self.gateway, url=self.gateway_url, cfn_url=self.cfn_url):
                self.traffic.start()
                self.break_things(names)
                self.settle()
        finally:
            codes = [process.end() for process in (*self.bridges, self.gateway)]
            self.fronts.stop()
        verdict = self.checker.check(self.traffic.stacks, self.happened, [bridge.log for bridge in self.bridges])
        verdict.wrong += self.problems
        verdict.wrong += [f"a process ended with {code}" for code in codes if code != 0]
        return verdict

    def look(self) -> None:
        """Look at the bridges' memory every half minute; without faults this is the soak."""
        if not self.memory or time.monotonic() >= self.memory[-1][0] + 30:
            self.memory.append((time.monotonic(), [bridge.memory() for bridge in self.bridges]))

    def told(self) -> list[str]:
        """Return what only this kind of run has to tell."""
        lives = [bridge.lives for bridge in self.bridges]
        return [f"- calls spoilt: {self.fronts.spoilt} of {self.fronts.passed}; lives of the bridges: {lives}"]


def memory_table(run: Run) -> list[str]:
    """Return what the bridges' resident memory was, from the first look after the faults on."""
    if len(run.memory) < 2:
        return []
    first = run.memory[0][0]
    shown = run.memory[:-1][:: max(1, len(run.memory) // 12)]
    return [
        "",
        "| minutes | resident memory of the bridges, MiB |",
        "|---|---|",
        *(
            f"| {(at - first) / 60:.1f} | {', '.join(f'{size / 1024:.1f}' for size in sizes)} |"
            for at, sizes in [*shown, run.memory[-1]]
        ),
    ]


def main(argv: list[str] | None = None) -> int:
    """Run it; 0 means that nothing was lost, doubled or stuck."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--workers", type=int, default=6, help="stacks at a time")
    parser.add_argument("--resources", type=int, default=5, help="custom resources in a stack, at most")
    parser.add_argument("--pause", type=float, default=6.0, help="seconds between two faults, at most")
    parser.add_argument("--timeout", type=int, default=150, help="the requests' ServiceTimeout, seconds")
    parser.add_argument("--recovery", type=float, default=90.0, help="seconds that a recovery is measured, at most")
    parser.add_argument("--freeze", type=float, default=130.0, help="seconds that a bridge stands still")
    parser.add_argument("--silence", type=float, default=60.0, help="seconds that a connection says nothing")
    parser.add_argument("--minutes", type=float, default=20.0, help="after the last fault, until no stack is begun")
    parser.add_argument("--over-bus", action="store_true", help="answers go to the engines over Heat's own bus")
    parser.add_argument("--only", default="", help="faults to choose from, with commas")
    parser.add_argument("--report", type=Path, default=LOGS / "chaos.md")
    args = parser.parse_args(argv)
    if args.freeze <= FIRST_TTL:
        parser.error(f"--freeze: a claim runs out after {FIRST_TTL} s only")
    # As from the keyboard: what was changed in the cloud is put right again.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    say(f"chaos with seed {args.seed}")
    began = time.monotonic()
    run = Run(args)
    verdict = run.run()
    table = memory_table(run)
    text = report(run, verdict, time.monotonic() - began, told=run.told()) + "".join(f"{line}\n" for line in table)
    args.report.write_text(text)
    sys.stdout.write(f"\n{text}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
