"""The ways a custom resource's answer takes to Heat, each as the cloud is set up for it."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from functional.bridge_process import bridge, environment
from functional.gateway.cloud import gateway_in_front
from functional.operator.operators import Operator
from standalone import LOGS, cloud, logged_in, options

WAYS = {
    "queue": "queue, Heat's signed URL",
    "gateway": "queue, gateway, heat-api-cfn",
    "bus": "queue, gateway, Heat's bus",
    "operator": "queue, gateway, Heat's bus, the operator's bridge",
}
"""Names of the ways on the command line, and in tables. Where no bridge is named, it is the project's own."""
QUIET = "[DEFAULT]\ndebug = false\n"


@contextmanager
def answering(way: str, session: Any) -> Iterator[Sequence[int]]:
    """Run a bridge for one of the ways, and where the way has one a gateway; the engines start anew for that.

    Yield the ids of the bridge's processes. Nothing logs at DEBUG, which would be most of what is measured.
    """
    with ExitStack() as running:
        if way == "queue":
            yield [running.enter_context(bridge(LOGS / "bridge-bench.log", environ=environment())).pid]
            return
        folder = Path(running.enter_context(TemporaryDirectory()))
        operator = running.enter_context(_operator(folder)) if way == "operator" else None
        over_bus = "off" if way == "gateway" else "on"
        gateway = running.enter_context(gateway_in_front(folder, session, over_bus=over_bus, debug=False))
        if operator is not None:
            running.callback(operator.stop)
            yield operator.start(more=QUIET + gateway.bridge_options(), linger=60).processes()
            return
        config = folder / "bridge.conf"
        config.write_text(gateway.bridge_options())
        words = ["--config-file", str(config)]
        yield [running.enter_context(bridge(LOGS / "bridge-bench.log", *words, environ=environment())).pid]


@contextmanager
def _operator(folder: Path) -> Iterator[Operator]:
    """Make the user of an operator's bridge; engines that are started while the block lasts ring it."""
    operator = Operator(logged_in("admin"), folder)
    told = options("heat", "operator-bench")
    try:
        told.write_text(f"[custom_resource]\nbridge_user_id = {operator.user_id}\n")
        yield operator
    finally:
        told.unlink()
        cloud("restart", "heat-engine")


@contextmanager
def standing_still(processes: Sequence[int]) -> Iterator[None]:
    """Keep processes from doing anything while the block lasts."""
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
