"""Which ports the cloud listens on. All of them follow from one base, so that several clones can run side by side.

It opens sockets only to see whether a port is free.
"""

import socket
from collections.abc import Callable, Iterable
from contextlib import closing

DEFAULT_BASE = 21000
BLOCK = 20
CANDIDATES = 50

# The order is for good: a recorded base keeps its meaning.
OFFSETS = {
    "keystone": 0,
    "mariadb": 1,
    "redis": 2,
    "rabbitmq": 3,
    "rabbitmq-distribution": 4,
    "rabbitmq-epmd": 5,
    "zaqar": 6,
    "mistral-api": 7,
    "heat-api": 8,
    "heat-api-cfn": 9,
    "horizon": 10,
    "galera": 11,
    "galera-increments": 12,
    "galera-copy": 13,
    "redis-sentinel": 14,
    "bridge": 15,
    "gateway": 16,
    "rabbitmq-distribution-2": 17,
    "rabbitmq-distribution-3": 18,
    "galera-check": 19,
}


def port(base: int, name: str) -> int:
    """Return the port of a service in the block that begins at the base."""
    return base + OFFSETS[name]


def parse_base(text: str) -> int:
    """Read CRB_CLOUD_PORT_BASE; ValueError says what is wrong with it."""
    try:
        base = int(text)
    except ValueError:
        raise ValueError(f"CRB_CLOUD_PORT_BASE={text!r} is not a number") from None
    if not 1024 <= base <= 65535 - BLOCK:
        raise ValueError(f"CRB_CLOUD_PORT_BASE={base} must be between 1024 and {65535 - BLOCK}")
    return base


def candidates(recorded: int | None) -> Iterable[int]:
    """Yield the bases to try, best first: what this clone used last, then the default and the blocks after it."""
    if recorded is not None:
        yield recorded
    for number in range(CANDIDATES):
        base = DEFAULT_BASE + number * BLOCK
        if base != recorded:
            yield base


def taken(base: int, is_free: Callable[[int], bool]) -> list[str]:
    """Return the services whose port is not free, as "name (port)"."""
    return [f"{name} ({port(base, name)})" for name in OFFSETS if not is_free(port(base, name))]


def is_free(number: int) -> bool:
    """Say whether this program could listen on the port of 127.0.0.1 now."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def claim(base: int) -> socket.socket | None:
    """Claim the block while a cloud starts: its ports are still free then, and another clone may look for one.

    The claim is an abstract socket: it leaves no file and ends with the process. None: another process holds it.
    """
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        holder.bind(f"\0customresource-bridge-cloud-{base}")
    except OSError:
        holder.close()
        return None
    return holder
