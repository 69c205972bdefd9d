"""Real bridge processes beside the stub of the services: starts them, the stub on its own core, and measures them."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from functional.bridge_process import PROGRAM, READY
from functional.gateway.running import free_port, wait_for
from functional.operator.operators import broker_url
from functional.tenant import until

STACKS = 500


@dataclass(frozen=True)
class Sample:
    """What was used and done so far.

    :ivar listed: executions that lists brought, whether they were read before or not.
    """

    wall: float
    cpu: float
    calls: dict[str, int]
    answered: int
    listed: int

    def since(self, earlier: "Sample") -> "Sample":
        calls = {name: count - earlier.calls.get(name, 0) for name, count in self.calls.items()}
        return Sample(
            wall=self.wall - earlier.wall,
            cpu=self.cpu - earlier.cpu,
            calls={name: count for name, count in calls.items() if count},
            answered=self.answered - earlier.answered,
            listed=self.listed - earlier.listed,
        )


class Alone:
    """The bridges, of which there is mostly one, and their stub."""

    def __init__(self, processes: Sequence[int], base: str) -> None:
        self._processes = processes
        self._base = base
        self._session = _session()
        self.began = Sample(time.monotonic(), self._processor_seconds(), {}, 0, 0)

    def _processor_seconds(self) -> float:
        return sum(map(processor_seconds, self._processes))

    def tell(self, what: str, **given: int) -> dict[str, Any]:
        """Steer the stub, and return its state."""
        answer = self._session.post(f"{self._base}/bench/{what}", json=given, timeout=120)
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()
        unknown = [name for name in state["calls"] if name.startswith("unknown")]
        assert not unknown, unknown
        return state

    def post(self, count: int) -> None:
        """Post requests, in portions that let the stub answer in between."""
        for first in range(0, count, 500):
            self.tell("post", requests=min(500, count - first), stacks=STACKS)

    def post_evenly(self, rate: int, seconds: int) -> int:
        """Post so many requests a second, in tenths of it; return how many they were."""
        began, posted = time.monotonic(), 0
        for tenth in range(10 * seconds):
            due = rate * (tenth + 1) // 10
            self.tell("post", requests=due - posted, stacks=STACKS)
            posted = due
            time.sleep(max(0.0, began + (tenth + 1) / 10 - time.monotonic()))
        return posted

    def sample(self) -> Sample:
        state = self.tell("state")
        done = state["calls"], state["answered"], state["listed"]
        return Sample(time.monotonic(), self._processor_seconds(), *done)

    def wait(self, holds: Callable[[dict[str, Any]], bool], what: str, *, seconds: float = 300) -> None:
        until(lambda: holds(self.tell("state")), what, seconds=seconds)

    def bare_call(self, count: int = 300) -> float:
        """Return the processor seconds of one bare call by requests, here and now: what a call costs at least."""
        self.tell("state")
        began = time.thread_time()
        for _ in range(count):
            self._session.get(f"{self._base}/keystone/v3", timeout=60)
        return (time.thread_time() - began) / count

    def memory(self) -> int:
        """Return the bytes of memory that the bridges have resident."""
        pages = [int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in self._processes]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE")


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def alone(*, stacks: int = 0, operator: bool = False, bridges: int = 1) -> Iterator[Alone]:
    """Run a stub, and bridges for it, while the block lasts.

    :param stacks: how many have a queue, and want nothing, before the bridge begins.
    :param operator: whether it is the operator's, on the standalone cloud's message bus, on which nothing is rung.
    """
    cores, port = sorted(os.sched_getaffinity(0)), free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stub = _pinned([sys.executable, "-m", "bench.stub_cloud", str(port)], folder / "stub.log", cores[-1])
        started: list[subprocess.Popen[bytes]] = []
        try:
            wait_for(port, stub)
            _session().post(f"{base}/bench/queues", json={"stacks": stacks}, timeout=60).raise_for_status()
            config = folder / "bridge.conf"
            config.write_text(f"[bridge]\nmax_in_flight = 20000\n{_operator(base) if operator else ''}")
            words = [str(PROGRAM), "operator" if operator else "run", "--config-file", str(config)]
            logs = [folder / f"bridge-{number}.log" for number in range(bridges)]
            started += [_pinned(words, log, cores[0], _credentials(base)) for log in logs]
            until(lambda: all(READY in log.read_text() for log in logs), "the bridges start", seconds=120)
            yield Alone([_worker_of(bridge) if operator else bridge.pid for bridge in started], base)
        finally:
            for process in (*started, stub):
                process.terminate()
                process.wait(60)


def _operator(base: str) -> str:
    return (
        f"[DEFAULT]\ntransport_url = {broker_url()}\n[cloud]\nregion = R\n[operator]\n"
        f"auth_url = {base}/keystone/v3\nusername = bench\npassword = bench\n"
    )


def _worker_of(service: "subprocess.Popen[bytes]") -> int:
    (worker,) = psutil.Process(service.pid).children()
    return int(worker.pid)


def _credentials(base: str) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    given = {
        "AUTH_TYPE": "v3password",
        "AUTH_URL": f"{base}/keystone/v3",
        "USERNAME": "bench",
        "PASSWORD": "bench",
        "PROJECT_NAME": "bench",
        "USER_DOMAIN_NAME": "Default",
        "PROJECT_DOMAIN_NAME": "Default",
        "REGION_NAME": "R",
    }
    return {**mine, **{f"OS_{name}": value for name, value in given.items()}}


def _pinned(words: list[str], log: Path, core: int, environ: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    with log.open("w") as output:
        process = subprocess.Popen(words, env=environ, stdout=output, stderr=output)  # noqa: S603
    os.sched_setaffinity(process.pid, {core})
    return process
