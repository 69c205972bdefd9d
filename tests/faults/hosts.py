"""Faults of whole hosts, and of one node of what decides by majority.

Each returns once all runs again, and says what it took from those who used it, and since when others had its place.
"""

import random
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial

import psutil
from faults import parted, rolling, sentinels
from faults.excuses import Happened

from devstack.cloud import processes, starter
from devstack.cloud.services import mariadb, rabbitmq
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

NODES = ("mariadb", "rabbitmq")
Fault = Callable[[], list[Happened]]


def on_host(names: Iterable[str], number: int) -> list[str]:
    """Return the services that run on a host."""
    return [name for name in names if name.endswith(f"-{number}")]


def used(cloud: Settings, names: Iterable[str]) -> frozenset[str]:
    """Return of which kind those are that somebody uses: a node without clients may go, and nobody misses it."""
    known = services(cloud)
    return frozenset(known[name].kind for name in names if _has_clients(cloud, known[name].kind, name))


def _has_clients(cloud: Settings, kind: str, name: str) -> bool:
    number = int(name.rpartition("-")[2])
    host = next(host for host in cloud.hosts if host.number == number)
    if kind == mariadb.NAME:
        # HAProxy sends all to one of them; who is asked by its way is that one.
        answered = mariadb.query(cloud, "SELECT @@wsrep_node_name")
        return answered is None or host.name("host") in answered.split()
    if kind == rabbitmq.NAME:
        place = (host.address, cloud.port(kind))
        return any(
            one.laddr == place for one in psutil.net_connections("tcp4") if one.status == psutil.CONN_ESTABLISHED
        )
    return True


def killed(cloud: Settings, fault: str, names: list[str], seconds: float) -> list[Happened]:
    """Take the power from all of these at once, for so long."""
    kinds, began = used(cloud, names), time.time()
    for name in names:
        processes.send(starter.record(cloud, name), signal.SIGKILL)
    starter.stop(cloud, names, grace=0)
    gone = time.time()
    time.sleep(seconds)
    starter.start_some(cloud, names)
    return [Happened(fault, began, time.time(), kinds, gone)]


def stopped(cloud: Settings, fault: str, name: str, seconds: float) -> list[Happened]:
    """Stop a service as an administrator does, for so long."""
    kinds, began = used(cloud, [name]), time.time()
    starter.stop(cloud, [name], grace=20)
    gone = time.time()
    time.sleep(seconds)
    starter.start_some(cloud, [name])
    return [Happened(fault, began, time.time(), kinds, gone)]


def in_turn(cloud: Settings, fault: str) -> list[Happened]:
    """Restart one host after the other, each once the one before it is back: as a rolling upgrade does."""
    # The node that all use comes last: so they have to go to another one only once.
    numbers = sorted(
        (host.number for host in cloud.hosts), key=lambda number: _has_clients(cloud, mariadb.NAME, f"mariadb-{number}")
    )
    return [rolling.restarted(cloud, fault, number, partial(used, cloud)) for number in numbers]


def cut_apart(cloud: Settings, fault: str, pair: tuple[int, int], seconds: float) -> list[Happened]:
    """Drop all that two hosts send each other, for so long; each still has the third."""
    names = [name for number in pair for name in on_host(services(cloud), number)]
    kinds, began = used(cloud, names), time.time()
    with parted.cut(cloud, pair):
        time.sleep(seconds)
    mended = time.time()
    rolling.wait_ready(cloud, names)
    return [Happened(fault, began, time.time(), kinds, mended)]


def host_faults(cloud: Settings, rng: random.Random, *, away: float, stop: float) -> dict[str, Fault]:
    """Return every kind of them.

    :param away: seconds that a killed host is away.
    :param stop: seconds that one node of several stands still, or that two hosts are apart.
    """
    numbers = [host.number for host in cloud.hosts]
    faults: dict[str, Fault] = {}
    for number in numbers:
        name = f"host {number} killed"
        faults[name] = partial(killed, cloud, name, on_host(services(cloud), number), away)
    for kind in NODES:
        name = f"{kind} node stopped"
        faults[name] = lambda kind=kind, name=name: stopped(cloud, name, f"{kind}-{rng.choice(numbers)}", stop)  # type: ignore[misc]
    name = "redis master killed"
    faults[name] = lambda name=name: killed(cloud, name, [sentinels.master(cloud)], away)  # type: ignore[misc]
    faults["hosts restarted in turn"] = partial(in_turn, cloud, "hosts restarted in turn")
    if parted.is_possible():
        for pair in ((1, 2), (1, 3), (2, 3)):
            name = f"hosts {pair[0]} and {pair[1]} parted"
            faults[name] = partial(cut_apart, cloud, name, pair, stop)
    return faults
