"""Plays the attack to any server, and prints what came of it: ``python -m functional.attack.measure --help``.

It takes a server's command line in which ``{port}``, ``{cert}`` (certificate and key in one file) and ``{config}``
stand for what they say; the server's environment names the configuration, as ``gateway.wsgi`` reads it. Without a
command line it is the gateway's own server.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import trustme
import urllib3
from functional.attack.cases import CASES, TAKEN
from functional.attack.crowds import KINDS, crowd
from functional.attack.wire import play, wrong
from functional.gateway.running import HERE, Running, Stub, command, free_port, wait_for

from customresource_bridge.protocol.crypto.sealed import Keyring, new_key

GOOD = b'{"Status": "SUCCESS"}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(".")[0])
    parser.add_argument("--command", help="the server's command line; by default the gateway's own server")
    parser.add_argument("--tls", action="store_true", help="the server speaks TLS")
    parser.add_argument("--clients", type=int, default=1000, help="how many there are of each crowd")
    parser.add_argument("--times", type=int, default=3, help="how often each is tried beside a crowd")
    parser.add_argument("--only", choices=["cases", "crowds"])
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only these crowds")
    given = parser.parse_args()
    with running(given.command, tls=given.tls) as gateway:
        if given.only != "crowds":
            print_cases(gateway)
        if given.only != "cases":
            for kind in given.kind or KINDS:
                print_crowd(gateway, kind, given.clients, times=given.times)
        print(f"memory: {resident(gateway.process.pid) / 1024:.0f} MiB at most")


def print_cases(gateway: Running) -> None:
    played = play(gateway, CASES)
    found = {case: wrong(case, played[case.name]) for case in CASES}
    bad = {case: text for case, text in found.items() if text}
    taken = sum(case in TAKEN for case in bad)
    print(f"cases: {len(CASES)}; not taken as HTTP allows: {taken}; not refused: {len(bad) - taken}")
    for case, text in bad.items():
        print(f"  {case.name}: {text}")


def print_crowd(gateway: Running, kind: str, size: int, *, times: int) -> None:
    health, answer = beside(gateway, Trial(kind, size, times=times))
    print(f"{kind}: /healthz {shown(health)}, a genuine answer {shown(answer)}", flush=True)


@dataclass(frozen=True)
class Trial:
    """A crowd, and how often others ask beside it.

    :ivar sources: the addresses that its clients come from.
    :ivar settle: seconds that it has to come.
    """

    kind: str
    size: int
    sources: Sequence[str] = ("127.0.0.2",)
    times: int = 3
    settle: float = 3.0


def beside(gateway: Running, trial: Trial) -> tuple[float, float]:
    """Return how many seconds /healthz and a genuine answer took at most, beside a crowd; inf for one that failed."""
    path = urlsplit(gateway.url()).path
    with crowd(trial.kind, gateway.base, path, size=trial.size, sources=trial.sources):
        time.sleep(trial.settle)
        health = [timed(gateway, "GET", f"{gateway.base}/healthz", None) for _ in range(trial.times)]
        answer = [timed(gateway, "PUT", gateway.url(), GOOD) for _ in range(trial.times)]
    return max(health), max(answer)


def timed(gateway: Running, method: str, url: str, body: bytes | None) -> float:
    began = time.monotonic()
    try:
        with urllib3.PoolManager(ca_certs=gateway.pool.connection_pool_kw.get("ca_certs"), timeout=20) as pool:
            status = pool.request(method, url, body=body, retries=False).status
    except urllib3.exceptions.HTTPError:
        return float("inf")
    return time.monotonic() - began if status == 200 else float("inf")


def shown(seconds: float) -> str:
    return "never within 20 s" if seconds == float("inf") else f"{seconds:.2f} s"


def resident(process: int) -> int:
    """Return the most that a process and those it started had in memory, in KiB."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return own + sum(resident(int(child)) for child in children)


@contextmanager
def running(text: str | None, *, tls: bool) -> Iterator[Running]:
    """Run a server in front of a stub of Heat."""
    stub_port, port, key = free_port(), free_port(), new_key()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cert, config = folder / "server.pem", folder / "gateway.conf"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(cert)
        lines = ["[gateway]", f"gateway_keys = {key.reveal()}", f"port = {port}"]
        lines += [f"tls_certificate = {cert}", f"tls_key = {cert}"] if tls else []
        config.write_text("\n".join(lines) + "\n")
        words = shlex.split(text.format(port=port, cert=cert, config=config)) if text else command("own", port, config)
        environ = {**os.environ, "CUSTOMRESOURCE_BRIDGE_CONFIG": str(config)}
        stub = subprocess.Popen([sys.executable, str(HERE / "stub_heat.py"), str(stub_port), str(folder / "taken")])
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(words, env=environ, stdout=log, stderr=log)
        try:
            wait_for(stub_port, stub)
            wait_for(port, process)
            pool = urllib3.PoolManager(ca_certs=str(folder / "ca.pem"), timeout=60)
            base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
            heat = Stub(stub_port, folder / "taken")
            yield Running(base, Keyring([key]), heat, folder / "log", pool, process)
        finally:
            for one in (process, stub):
                one.terminate()
                one.wait(60)


if __name__ == "__main__":
    main()
