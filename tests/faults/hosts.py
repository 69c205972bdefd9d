"""Faults of whole hosts, and of one node of what decides by majority. Each returns once all runs again."""

import random
import signal
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial

from devstack.cloud import processes, starter
from devstack.cloud.services import redis
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

NODES = ("mariadb", "rabbitmq")


def on_host(names: Iterable[str], number: int) -> list[str]:
    """Return the services that run on a host."""
    return [name for name in names if name.endswith(f"-{number}")]


def killed(cloud: Settings, names: list[str], seconds: float) -> None:
    """Take the power from all of these at once, for so long."""
    for name in names:
        processes.send(starter.record(cloud, name), signal.SIGKILL)
    starter.stop(cloud, names, grace=0)
    time.sleep(seconds)
    starter.start_some(cloud, names)


def stopped(cloud: Settings, name: str, seconds: float) -> None:
    """Stop a service as an administrator does, for so long."""
    starter.stop(cloud, [name], grace=20)
    time.sleep(seconds)
    starter.start_some(cloud, [name])


def in_turn(cloud: Settings, numbers: Iterable[int]) -> None:
    """Restart one host after the other, each once the one before it is back: as a rolling upgrade does."""
    for number in numbers:
        names = on_host(services(cloud), number)
        starter.stop(cloud, names, grace=20)
        starter.start_some(cloud, names)


def named_by(cloud: Settings, said: str) -> str:
    """Return the Redis server that a Sentinel's answer names."""
    return next(host.name(redis.NAME) for host in cloud.hosts if f"\r\n{host.address}\r\n" in said)


def master(cloud: Settings) -> str:
    """Return the Redis server that the Sentinels have as the master."""
    for place in redis.sentinels(cloud):
        address, _, port = place.partition(":")
        try:
            with socket.create_connection((address, int(port)), timeout=2) as connection:
                connection.sendall(f"SENTINEL get-master-addr-by-name {redis.MASTER}\r\n".encode())
                said = connection.recv(200).decode()
        except OSError:
            continue
        return named_by(cloud, said)
    raise AssertionError("no Sentinel answers")


def host_faults(cloud: Settings, rng: random.Random, *, away: float, stop: float) -> dict[str, Callable[[], None]]:
    """Return every kind of them.

    :param away: seconds that a killed host is away.
    :param stop: seconds that one node of several stands still.
    """
    numbers = [host.number for host in cloud.hosts]
    faults: dict[str, Callable[[], None]] = {
        f"host {number} killed": partial(killed, cloud, on_host(services(cloud), number), away) for number in numbers
    }
    for kind in NODES:
        faults[f"{kind} node stopped"] = lambda kind=kind: stopped(cloud, f"{kind}-{rng.choice(numbers)}", stop)  # type: ignore[misc]
    faults["redis master killed"] = lambda: killed(cloud, [master(cloud)], away)
    faults["hosts restarted in turn"] = partial(in_turn, cloud, numbers)
    return faults
