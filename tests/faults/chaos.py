"""The fault suite: traffic, faults by a seed, and a checker afterwards. ``make chaos`` runs the long form.

    PYTHONPATH=.:tests python -m faults.chaos --requests 500 --faults 60 --seed 1
    PYTHONPATH=.:tests python -m faults.chaos --requests 100000 --faults 0 --minutes 30    a soak: is memory flat?

It needs the standalone cloud. The report is printed, and its exit code says whether nothing was lost.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from faults.checker import Checker, Verdict
from faults.cloud import Bridge, cfn, services, shown
from faults.excuses import Happened
from faults.faults import all_faults, cut_off
from faults.gateway import Gateway, told_to_heat
from faults.proxy import Fronts
from faults.slow import WORKFLOW, SlowRequests
from faults.traffic import Traffic
from functional.operator.broker import WayToBroker
from standalone import CLOUDS, LOGS, ROOT

from customresource_bridge.bridge.intake.claims import FIRST_TTL
from customresource_bridge.clients import session as sessions
from customresource_bridge.clients.mistral import Mistral
from customresource_bridge.clients.zaqar import Zaqar
from devstack.cloud import settings


@dataclass(frozen=True, order=True)
class Recovery:
    """How long a recovery took, or how long it was looked at in vain."""

    seconds: float
    seen: bool

    def __str__(self) -> str:
        return f"{'' if self.seen else '> '}{self.seconds:.1f}"


GRACE = 900.0
"""Seconds that the traffic has to come to its end once no stack is begun any more."""


class Run:
    """One run: what happens, and what is measured."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.rng = random.Random(args.seed)  # noqa: S311 - repeatable is what it should be
        session = _session()
        self.zaqar, self.mistral = Zaqar.from_session(session), Mistral.from_session(session, timeout=120)
        _upload(self.mistral, "record", (ROOT / "workflows" / "record.yaml").read_text())
        _upload(self.mistral, "chaos_slow", WORKFLOW)
        self.checker = Checker(self.zaqar, self.mistral)
        self.bus = WayToBroker(settings.load().transport_url) if args.over_bus else None
        self.gateway = Gateway(None if self.bus is None else self.bus.url)
        behind = [*services(session), self.gateway.behind]
        self.fronts = Fronts(behind, random.Random(args.seed), silence=args.silence)  # noqa: S311
        self.gateway_url = f"http://{self.fronts.of(self.gateway.behind)}"
        self.cfn_url = self.fronts.shown(cfn(session).encode()).decode()
        clouds = shown(self.fronts)
        self.bridges = [Bridge(number, clouds=clouds, answers_to=self.gateway_url) for number in (1, 2)]
        self.traffic = Traffic(
            session,
            self.rng,
            wanted=args.requests,
            workers=args.workers,
            resources=args.resources,
            timeout=args.timeout,
        )
        self.happened: list[Happened] = []
        self.problems: list[str] = []
        self.recovery: dict[str, list[Recovery]] = defaultdict(list)
        self.memory: list[tuple[float, list[int]]] = []
        slow = SlowRequests(self.traffic.owner, self.bridges)
        self.kinds = all_faults(self.bridges, self.gateway, self.fronts, slow, self.rng, freeze=args.freeze)
        if self.bus is not None:
            self.kinds["bus cut off from the gateway"] = partial(cut_off, self.bus, 8)

    def run(self) -> Verdict:
        try:
            with told_to_heat(self.gateway, url=self.gateway_url, cfn_url=self.cfn_url):
                self.traffic.start()
                self._break_things()
                self._settle()
        finally:
            codes = [process.end() for process in (*self.bridges, self.gateway)]
            self.fronts.stop()
        verdict = self.checker.check(self.traffic.stacks, self.happened, [bridge.log for bridge in self.bridges])
        verdict.wrong += self.problems
        verdict.wrong += [f"a process ended with {code}" for code in codes if code != 0]
        return verdict

    def _break_things(self) -> None:
        names = self._names()
        for number, name in enumerate(names, 1):
            if not self.traffic.running():
                _say(f"the traffic ended before fault {number}: ask for more requests")
                break
            time.sleep(self.rng.uniform(0.5, self.args.pause))
            under_way = self.traffic.waiting()
            began = time.monotonic()
            self._befall(name)
            lasted = time.monotonic() - began
            self._recover(name, under_way, began)
            recovered = f"recovered in {self.recovery[name][-1]} s"
            done = f"{self.traffic.requests()} requests done"
            _say(f"{number:3}/{len(names)} {name:28} lasted {lasted:5.1f} s, {recovered}; {done}")

    def _befall(self, name: str) -> None:
        began = time.time()
        try:
            self.kinds[name]()
        except AssertionError as error:
            self.problems.append(f"{name}: {error}")
            _say(self.problems[-1])
        self.happened.append(Happened(name, began, time.time()))

    def _names(self) -> list[str]:
        wanted = self.args.only.split(",") if self.args.only else sorted(self.kinds)
        names: list[str] = []
        while len(names) < self.args.faults:
            names += self.rng.sample(wanted, len(wanted))
        return names[: self.args.faults]

    def _recover(self, name: str, under_way: dict[str, float], began: float) -> None:
        """Measure until half of what was under way has come to its end."""
        until = time.monotonic() + self.args.recovery
        recovered = False
        while not recovered and time.monotonic() < until:
            time.sleep(0.2)
            left = [key for key, since in self.traffic.waiting().items() if under_way.get(key) == since]
            recovered = 2 * len(left) <= len(under_way)
        self.recovery[name].append(Recovery(time.monotonic() - began, recovered))

    def _settle(self) -> None:
        """Wait for the traffic's end; without faults this is the soak, and memory is looked at every half minute."""
        until = time.monotonic() + 60 * self.args.minutes
        look = time.monotonic()
        while self.traffic.running() and time.monotonic() < until + GRACE:
            if time.monotonic() >= until:
                self.traffic.begin_no_more()
            if time.monotonic() >= look:
                self.memory.append((time.monotonic(), [bridge.memory() for bridge in self.bridges]))
                look += 30
            time.sleep(1)


def _session() -> Any:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return sessions.load(cloud="demo", timeout=60, min_token_life=300, connections=40)


def _upload(mistral: Mistral, name: str, text: str) -> None:
    known = {workflow.name for workflow in mistral._workflows.list()}
    mistral._workflows.update(text) if name in known else mistral._workflows.create(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def report(run: Run, verdict: Verdict, seconds: float) -> str:
    """Return the report, as Markdown."""
    stacks = run.traffic.stacks
    nudges = sum(len(stack.nudges) for stack in stacks)
    faults = sum(len(times) for times in run.recovery.values())
    lines = [
        f"# Chaos, seed {run.args.seed}: {verdict.requests} requests, {faults} faults, {seconds / 60:.1f} minutes",
        "",
        f"- {len(stacks)} stacks, created, updated with a replacement, deleted; {verdict.executions} executions"
        f" ({', '.join(f'{count} {state}' for state, count in sorted(verdict.states.items()))})",
        f"- calls spoilt: {run.fronts.spoilt} of {run.fronts.passed}; lives of the bridges: "
        f"{[bridge.lives for bridge in run.bridges]}",
        f"- {verdict.accepted} of {verdict.requests} requests were over by a bridge's own account",
        f"- operations whose owner had to ask again: {nudges}; not by our doing: {len(verdict.excused)}",
        *(f"  - {excused}" for excused in verdict.excused),
        f"- clean-ups that others brought to nothing, done with the stack's Delete: {len(verdict.cleaned_later)}",
        *(f"  - {later}" for later in verdict.cleaned_later),
        f"- wrong: {len(verdict.wrong)}",
        *(f"  - {problem}" for problem in verdict.wrong),
        "",
        *verdict.things.table(),
        "",
        "| fault | times | recovery: median s | longest s |",
        "|---|---|---|---|",
    ]
    for name, times in sorted(run.recovery.items()):
        lines.append(f"| {name} | {len(times)} | {statistics.median_high(times)} | {max(times)} |")
    return "\n".join([*lines, *memory_table(run)]) + "\n"


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
    _say(f"chaos with seed {args.seed}")
    began = time.monotonic()
    run = Run(args)
    verdict = run.run()
    text = report(run, verdict, time.monotonic() - began)
    args.report.write_text(text)
    sys.stdout.write(f"\n{text}")
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
