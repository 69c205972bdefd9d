"""Measures the Heat plugin on the running standalone cloud; ``make bench-plugin-<name>`` calls it.

Each measurement prints one table and ends with 0, whatever the figures: a busy machine is no failure. Compare within
one run only.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import repeat
from typing import Any

import requests
from bench.many import KINDS, NOOP, SHAPES, many, workflow
from bench.profile import statements
from bench.profile.ways import WAYS
from functional.plugin.handler import wait_until
from functional.plugin.situations import World, world
from functional.plugin.stacks import Stack, custom, hot
from standalone import CLOUDS

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.zaqar.zaqar import Zaqar

SLOW = f"{NOOP}      wait-before: 120\n"
"""Ends soon after it was measured: a Delete waits for what a cancelled Create may still do."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*MEASUREMENTS, "many"])
    parser.add_argument("-n", type=int, help="how many; each measurement has its own default")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="many: which (all)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=["custom", "external"], help="many: which")
    parser.add_argument("--way", choices=WAYS, default="bus", help="many: how answers reach Heat (%(default)s)")
    options = parser.parse_args()
    os.environ.setdefault("OS_CLIENT_CONFIG_FILE", str(CLOUDS))
    Stack.pauses = staticmethod(lambda: repeat(0.05))
    session = sessions.load(cloud="demo", timeout=120, min_token_life=300, connections=64)
    session.redirect = True  # Heat's own client asks by an id, and is told where the stack is
    with world(session, Zaqar.from_session(session), pause=0.03) as w:
        print(f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the beginning\n", flush=True)
        if options.name == "many":
            many(w, options.way, options.shapes, options.kinds)
        else:
            MEASUREMENTS[options.name](w, options.n)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


def latency(w: World, n: int | None) -> None:
    """Seconds from the accepted PUT to the resource's COMPLETE, for short and for long waits."""
    print("| answered after | median | worst | of |\n|---|---|---|---|")
    for wait, count in ((0.2, n or 20), (1.0, n or 20), (12.0, n or 8)):
        found = [_one_latency(w, wait) for _ in range(count)]
        print(f"| {wait} s | {statistics.median(found):.2f} s | {max(found):.2f} s | {count} |", flush=True)


def _one_latency(w: World, wait: float) -> float:
    w.handler.script = lambda r: None if r["RequestType"] == "Create" else {"Status": "SUCCESS"}
    stack = w.stacks.create(hot({"a": custom(w.handler.token)}))
    # Not the last one that came: that may be the Delete of the stack before.
    own = wait_until(lambda: [r for r in w.handler.received if stack.id in r["StackId"]], 180, "its request")
    time.sleep(wait)
    # The clock starts when Heat has the answer: its 200 comes after it is kept, and after the resource is woken.
    with ThreadPoolExecutor(1) as pool:
        put = pool.submit(w.handler.answer, own[0], {"Status": "SUCCESS"})
        complete = _complete_at(stack)
        put.result()
    stack.delete().wait("DELETE_COMPLETE")
    return max(0.0, complete - w.handler.answered_at[own[0]["RequestId"]])


def _complete_at(stack: Stack) -> float:
    while stack.resource("a").resource_status != "CREATE_COMPLETE":
        time.sleep(0.02)
    return time.time()


def sql(w: World, n: int | None) -> None:
    """SQL statements per second that heat-engine needs for one waiting resource, from the tenth second on."""
    count = n or 20
    idle = _statements(60)
    print("| | statements per second | for each that waits |\n|---|---|---|")
    print(f"| no resource waits | {idle:.2f} | |", flush=True)
    w.handler.script = lambda _r: None
    w.handler.pause = 1.0
    with workflow(w, SLOW) as slow:
        phases = {"create": {"workflow": slow}}
        direct = {"delivery": "direct", "workflows": phases, "input": {}}
        for kind, resource in (
            ("by queue", custom(w.handler.token)),
            ("direct", {"type": "OS::Heat::CustomResource", "properties": direct}),
        ):
            stacks = [w.stacks.create(hot({"a": resource})) for _ in range(count)]
            time.sleep(12)
            waiting = _statements(60)
            print(f"| {count} wait, {kind} | {waiting:.2f} | {(waiting - idle) / count:.3f} |", flush=True)
            w.handler.script = lambda _r: {"Status": "SUCCESS"}
            for stack in stacks:
                stack.delete()
            for stack in stacks:
                stack.wait("DELETE_COMPLETE", 300)


def _statements(seconds: float) -> float:
    """Return Heat's statements per second."""
    with statements.recorded():
        time.sleep(seconds)
    return statements.by_database().get("heat", 0) / seconds


def waiting(w: World, n: int | None) -> None:
    """How long another small stack takes while many resources wait, and have waited for minutes."""
    count, minutes = n or 200, 2
    alone = [_small(w) for _ in range(5)]
    w.handler.script = lambda _r: None
    per_stack = 20
    resources = hot({f"r{i}": custom(w.handler.token) for i in range(per_stack)})
    stacks = [w.stacks.create(resources) for _ in range(count // per_stack)]
    w.handler.wait_for(count, timeout=900)
    time.sleep(minutes * 60)
    beside = [_small(w) for _ in range(5)]
    print("| a stack of one OS::Heat::Value | median | worst |\n|---|---|---|")
    print(f"| no resource waits | {statistics.median(alone):.2f} s | {max(alone):.2f} s |")
    who = f"{count} resources of {len(stacks)} stacks have waited for {minutes} minutes"
    print(f"| {who} | {statistics.median(beside):.2f} s | {max(beside):.2f} s |", flush=True)
    _release(w, stacks)


def _small(w: World) -> float:
    started = time.monotonic()
    stack = w.stacks.create(hot({"v": {"type": "OS::Heat::Value", "properties": {"value": "x"}}}))
    stack.wait("CREATE_COMPLETE")
    took = time.monotonic() - started
    stack.delete()
    return took


def _release(w: World, stacks: list[Stack]) -> None:
    w.handler.script = lambda _r: {"Status": "SUCCESS"}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda request: _answer(w, request), list(w.handler.received)))
    for stack in stacks:
        stack.wait("CREATE_COMPLETE", 900)


def _answer(w: World, request: dict[str, Any]) -> None:
    """Answer as a handler should: heat-api-cfn drops the connection where Keystone is in trouble."""
    for _ in range(5):
        with suppress(requests.ConnectionError):
            w.handler.answer(request, {"Status": "SUCCESS"})
            return
        time.sleep(1)


MEASUREMENTS: dict[str, Callable[[World, int | None], None]] = {
    "latency": latency,
    "sql": sql,
    "waiting": waiting,
}

if __name__ == "__main__":
    main()
