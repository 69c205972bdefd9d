"""Measures the gateway: responses per second on one core, and what it adds to a direct PUT. ``make bench-gateway``.

Heat is a stub over real HTTP (tests/functional/gateway/stub_heat.py). The gateway has one core for itself; the stub and
the client share another. Direct and through the gateway alternate in one run, so that both see the same machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import trustme
import urllib3
from functional.gateway.running import BIN, HERE, free_port, wait_for

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, new_key, seal

BODY = json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "thing-1", "Data": {"Name": "x" * 400}}).encode()
IDENTITY = Identity(stack_id="arn:stack", request_id="request-1", logical_resource_id="Dns")


@dataclass
class Client:
    """What PUTs, and the gateway's process id."""

    pool: urllib3.PoolManager
    process: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to load it")
    parser.add_argument("--pairs", type=int, default=1000, help="how many direct and indirect PUTs to compare")
    parser.add_argument("--threads", type=int, default=8, help="clients at once under load")
    arguments = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; what else runs shows in the figures")
    for tls in (False, True):
        with running(tls=tls) as (direct, through, client):
            name = "https" if tls else "http"
            latency(name, direct, through, client.pool, arguments.pairs)
            load(f"{name}, kept connections", through, client, arguments)
            load(f"{name}, a connection each", through, client, arguments, close=True)


def latency(name: str, direct: str, through: str, pool: urllib3.PoolManager, pairs: int) -> None:
    added, plain = [], []
    for number in range(pairs + 50):
        alone, both = timed(pool, direct), timed(pool, through)
        if number >= 50:  # the first ones open connections
            plain.append(alone * 1000)
            added.append((both - alone) * 1000)
    cuts = statistics.quantiles(added, n=100)
    print(
        f"{name}: direct PUT {statistics.median(plain):.2f} ms; the gateway adds "
        f"{statistics.median(added):.2f} ms at the median, {cuts[94]:.2f} at 95 %, {cuts[98]:.2f} at 99 % "
        f"({pairs} pairs)"
    )


def load(name: str, url: str, client: Client, arguments: argparse.Namespace, *, close: bool = False) -> None:
    before = processor_seconds(client.process)
    end, counts = time.monotonic() + arguments.seconds, [0] * arguments.threads

    def put_all(place: int) -> None:
        headers = {"Connection": "close"} if close else {}
        while time.monotonic() < end:
            assert client.pool.request("PUT", url, body=BODY, headers=headers, retries=False).status == 200
            counts[place] += 1

    threads = [threading.Thread(target=put_all, args=(place,)) for place in range(arguments.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = (processor_seconds(client.process) - before) / sum(counts)
    print(
        f"{name}: {sum(counts) / arguments.seconds:.0f} responses/s from {arguments.threads} clients; "
        f"{each * 1000:.2f} ms of processor time each, so {1 / each:.0f}/s on a core of its own"
    )


def processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(pool: urllib3.PoolManager, url: str) -> float:
    began = time.perf_counter()
    assert pool.request("PUT", url, body=BODY, retries=False).status == 200
    return time.perf_counter() - began


@contextmanager
def running(*, tls: bool) -> Iterator[tuple[str, str, Client]]:
    """Start stub and gateway, each on its core, and yield the direct and the gateway's URL and a client for both."""
    cores = sorted(os.sched_getaffinity(0))
    stub_port, port, key = free_port(), free_port(), new_key()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "gateway.conf"
        lines = ["[gateway]", f"gateway_keys = {key.reveal()}", f"port = {port}"]
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        if tls:
            authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
            lines += [f"tls_certificate = {folder / 'server.pem'}", f"tls_key = {folder / 'server.pem'}"]
        config.write_text("\n".join(lines) + "\n")
        gateway = pinned([str(BIN / "customresource-bridge"), "gateway", "--config-file", str(config)], cores[0])
        stub = pinned([sys.executable, str(HERE / "stub_heat.py"), str(stub_port)], cores[-1])
        os.sched_setaffinity(0, {cores[-1]})
        try:
            wait_for(port, gateway)
            wait_for(stub_port, stub)
            inner = Secret(f"http://127.0.0.1:{stub_port}/v1/waitcondition/200")
            now = datetime.now(UTC)
            content = Sealed.for_request(inner, IDENTITY, deadline=now + timedelta(hours=1))
            base = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
            url = seal(content, keyring=Keyring([key]), base=base, now=now).reveal()
            yield (
                inner.reveal(),
                url,
                Client(urllib3.PoolManager(ca_certs=str(folder / "ca.pem"), maxsize=32), gateway.pid),
            )
        finally:
            os.sched_setaffinity(0, cores)
            for process in (gateway, stub):
                process.kill()
                process.wait()


def pinned(command: list[str], core: int) -> "subprocess.Popen[bytes]":
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)  # noqa: S603
    os.sched_setaffinity(process.pid, {core})
    return process


if __name__ == "__main__":
    main()
