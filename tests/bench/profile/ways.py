"""The ways a custom resource's answer takes to Heat, each as the cloud is set up for it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from functional.bridge_process import bridge, environment
from functional.gateway.cloud import gateway_in_front
from standalone import LOGS

WAYS = {
    "queue": "queue, Heat's signed URL",
    "gateway": "queue, gateway, heat-api-cfn",
    "bus": "queue, gateway, Heat's bus",
}
"""Names of the ways on the command line, and in tables."""


@contextmanager
def answering(way: str, session: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a bridge for one of the ways, and where the way has one a gateway; the engines start anew for that.

    Yield the bridge's process. Nothing logs at DEBUG, which would be most of what is measured.
    """
    with ExitStack() as running:
        words: list[str] = []
        if way != "queue":
            folder = Path(running.enter_context(TemporaryDirectory()))
            over_bus = "on" if way == "bus" else "off"
            gateway = running.enter_context(gateway_in_front(folder, session, over_bus=over_bus, debug=False))
            config = folder / "bridge.conf"
            config.write_text(gateway.bridge_options())
            words = ["--config-file", str(config)]
        yield running.enter_context(bridge(LOGS / "bridge-bench.log", *words, environ=environment()))


@contextmanager
def standing_still(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Keep a process from doing anything while the block lasts."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
