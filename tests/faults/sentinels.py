"""What Redis's Sentinels say of the master, and how they are told to have another one."""

import socket
import time

from devstack.cloud.services import redis
from devstack.cloud.settings import Settings

_NEW_MASTER = 60.0
"""Seconds that another one may take to be the master."""


def master(cloud: Settings) -> str:
    """Return the Redis server that the Sentinels have as the master."""
    return named_by(cloud, _ask(cloud, f"get-master-addr-by-name {redis.MASTER}"))


def named_by(cloud: Settings, said: str) -> str:
    """Return the Redis server that a Sentinel's answer names."""
    return next(host.name(redis.NAME) for host in cloud.hosts if f"\r\n{host.address}\r\n" in said)


def leave(cloud: Settings, name: str) -> None:
    """Have another server be the master, where this one is: nothing is lost, as it would be by its end."""
    if master(cloud) != name:
        return
    said = _ask(cloud, f"failover {redis.MASTER}")
    until = time.monotonic() + _NEW_MASTER
    while master(cloud) == name:
        assert time.monotonic() < until, f"{name} is the master still: {said}"
        time.sleep(0.5)


def _ask(cloud: Settings, what: str) -> str:
    """Return what the first Sentinel says that answers."""
    for place in redis.sentinels(cloud):
        address, _, port = place.partition(":")
        try:
            with socket.create_connection((address, int(port)), timeout=2) as connection:
                connection.sendall(f"SENTINEL {what}\r\n".encode())
                return connection.recv(200).decode()
        except OSError:
            continue
    raise AssertionError("no Sentinel answers")
