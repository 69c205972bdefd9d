"""Faults by a seed while stacks come and go, how long each recovery took, and what is to be told of it afterwards."""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from faults.checker import Checker, Verdict
from faults.excuses import Happened
from faults.journal import Fault, Recovery
from faults.traffic import Traffic
from standalone import CLOUDS, ROOT

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from devstack.cloud.errors import CloudError

GRACE = 900.0
"""Seconds that the traffic has to come to its end once no stack is begun any more."""


class Campaign:
    """One run's traffic and faults, and what is measured.

    :ivar kinds: the faults to choose from, by name.
    :ivar played: how many of the seed's faults an earlier run has played.
    """

    def __init__(self, args: argparse.Namespace, workflows: Mapping[str, str]) -> None:
        """Prepare it.

        :param workflows: what the run needs beside its records' handler, by name.
        """
        self.args = args
        self.rng = random.Random(args.seed)  # noqa: S311 - repeatable is what it should be
        self.session = _session()
        self.zaqar, self.mistral = Zaqar.from_session(self.session), Mistral.from_session(self.session, timeout=120)
        record = (ROOT / "workflows" / "record.yaml").read_text()
        for name, text in {"record": record, **workflows}.items():
            _upload(self.mistral, name, text)
        self.checker = Checker(self.zaqar, self.mistral)
        self.traffic = Traffic(
            self.session,
            self.rng,
            wanted=args.requests,
            workers=args.workers,
            resources=args.resources,
            timeout=args.timeout,
        )
        self.kinds: Mapping[str, Callable[[], Sequence[Happened] | None]] = {}
        self.played = 0
        self.happened: list[Happened] = []
        self.problems: list[str] = []
        self.recovery: dict[str, list[Recovery]] = defaultdict(list)

    def break_things(self, names: Sequence[str]) -> None:
        """Play these faults, one after the other."""
        for number, name in enumerate(names, 1):
            if not self.traffic.running():
                self.problems.append(f"the traffic ended before fault {number}: ask for more requests")
                say(self.problems[-1])
                break
            if self.time_is_over():
                say(f"the time ended before fault {number}")
                break
            time.sleep(self.rng.uniform(0.5, self.args.pause))
            under_way = self.traffic.waiting()
            began = time.monotonic()
            self._befall(name)
            lasted = time.monotonic() - began
            self._recover(name, under_way, began)
            recovery = self.recovery[name][-1]
            self.keep(Fault(name, round(lasted, 1), recovery))
            done = f"{self.traffic.requests()} requests done"
            say(f"{number:3}/{len(names)} {name:28} lasted {lasted:5.1f} s, recovered in {recovery} s; {done}")

    def time_is_over(self) -> bool:
        """Say whether no fault is to begin any more."""
        return False

    def keep(self, fault: Fault) -> None:
        """Keep what a fault came to, where a run of this kind does."""

    def mend(self) -> None:
        """Have all run again that a fault left broken."""

    def _befall(self, name: str) -> None:
        began = time.time()
        try:
            told = self.kinds[name]()
        except (AssertionError, CloudError, OSError, subprocess.SubprocessError) as error:
            told = None
            self.problems.append(f"{name}: {error}")
            say(self.problems[-1])
            self.mend()
        self.happened += told or [Happened(name, began, time.time())]

    def names(self) -> list[str]:
        """Return the faults in the order in which they come."""
        wanted = self.args.only.split(",") if self.args.only else sorted(self.kinds)
        if unknown := set(wanted) - set(self.kinds):
            raise SystemExit(f"--only: not to be had here: {sorted(unknown)}; there are {sorted(self.kinds)}")
        names: list[str] = []
        while len(names) < self.args.faults:
            names += self.rng.sample(wanted, len(wanted))
        return names[self.played : self.args.faults]

    def _recover(self, name: str, under_way: dict[str, float], began: float) -> None:
        """Measure until half of what was under way has come to its end."""
        until = time.monotonic() + self.args.recovery
        recovered = False
        while not recovered and time.monotonic() < until:
            time.sleep(0.2)
            left = [key for key, since in self.traffic.waiting().items() if under_way.get(key) == since]
            recovered = 2 * len(left) <= len(under_way)
        self.recovery[name].append(Recovery(time.monotonic() - began, recovered))

    def settle(self) -> None:
        """Wait for the traffic's end."""
        until = time.monotonic() + 60 * self.args.minutes
        while self.traffic.running() and time.monotonic() < until + GRACE:
            if time.monotonic() >= until:
                self.traffic.begin_no_more()
            self.look()
            time.sleep(1)

    def look(self) -> None:
        """Look about, each second of the traffic after the faults."""


def _session() -> Any:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(CLOUDS)
    return sessions.load(cloud="demo", timeout=60, min_token_life=300, connections=40)


def _upload(mistral: Mistral, name: str, text: str) -> None:
    known = {workflow.name for workflow in mistral._workflows.list()}
    mistral._workflows.update(text) if name in known else mistral._workflows.create(text)


def say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


def report(run: Campaign, verdict: Verdict, seconds: float, *, told: Iterable[str] = ()) -> str:
    """Return the report, as Markdown.

    :param told: lines of the kind of run's own.
    """
    stacks = run.traffic.stacks
    nudges = sum(len(stack.nudges) for stack in stacks)
    faults = sum(len(times) for times in run.recovery.values())
    lines = [
        f"# Chaos, seed {run.args.seed}: {verdict.requests} requests, {faults} faults, {seconds / 60:.1f} minutes",
        "",
        f"- {len(stacks)} stacks, created, updated with a replacement, deleted; {verdict.executions} executions"
        f" ({', '.join(f'{count} {state}' for state, count in sorted(verdict.states.items()))})",
        *told,
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
    return "\n".join(lines) + "\n"
