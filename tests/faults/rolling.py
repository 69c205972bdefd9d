"""Restarts a host as its operator does.

HAProxy sends nobody there any more, what is under way comes to its end, and only then is it stopped; HAProxy sends to
it again once all of it is ready.
"""

import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from faults import sentinels
from faults.excuses import Happened

from devstack.cloud import starter
from devstack.cloud.environ import clean
from devstack.cloud.services import haproxy, mariadb, rabbitmq, redis
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

_LAST = (mariadb.NAME, rabbitmq.NAME, redis.NAME, redis.SENTINEL)
"""What the others need as long as they run."""
_DRAINED = 60.0
"""Seconds until an API has answered what it was asked."""
_ENDED = 75.0
"""Seconds that a service has for its end: oslo.service gives those that are at work 60."""
_UPGRADE = "/usr/lib/rabbitmq/bin/rabbitmq-upgrade"


def restarted(cloud: Settings, fault: str, number: int, used: Callable[[Iterable[str]], frozenset[str]]) -> Happened:
    """Restart one host.

    :param used: says of which kind those are that somebody uses.
    """
    known = services(cloud)
    names = [name for name in known if name.endswith(f"-{number}")]
    last = [name for name in names if known[name].kind in _LAST]
    _await_quorum(cloud, number)
    sentinels.leave(cloud, f"{redis.NAME}-{number}")
    with _drained(cloud, names):
        began = time.time()
        starter.stop(cloud, [name for name in names if name not in last], grace=_ENDED)
        kinds = used(names)
        starter.stop(cloud, last, grace=_ENDED)
        gone = time.time()
        starter.start_some(cloud, names)
    wait_ready(cloud, names)
    return Happened(fault, began, time.time(), kinds, gone)


def exchanged(cloud: Settings, fault: str, names: list[str], environ: Mapping[str, str]) -> Happened:
    """Restart some services of one host with other code, as an upgrade of them does."""
    known, began = services(cloud), time.time()
    with _drained(cloud, names):
        starter.stop(cloud, names, grace=_ENDED)
        gone = time.time()
        starter.start_some(cloud, names, environ=environ)
    wait_ready(cloud, names)
    return Happened(fault, began, time.time(), frozenset(known[name].kind for name in names), gone)


@contextmanager
def _drained(cloud: Settings, names: Iterable[str]) -> Iterator[None]:
    """Have HAProxy send nobody to these while the block lasts, which begins when all that was asked is answered."""
    known = services(cloud)
    proxied = [f"{known[name].kind}/{name}" for name in names if known[name].kind in {*haproxy.APIS, "gateway"}]
    _set(cloud, proxied, "drain")
    _until(lambda: not busy(haproxy.tell(cloud, "show stat"), proxied), _DRAINED)
    try:
        yield
    finally:
        _set(cloud, proxied, "ready")


def wait_ready(cloud: Settings, names: Iterable[str], seconds: float = 300.0) -> None:
    """Wait until services answer; AssertionError for one that does not."""
    known = services(cloud)
    late = [name for name in names if not _until(lambda name=name: _answers(cloud, name), seconds)]  # type: ignore[misc]
    assert not late, f"{late} of {len(known)} services do not answer after {seconds:.0f} s"


def _answers(cloud: Settings, name: str) -> bool:
    return starter.state(cloud, services(cloud)[name]) == "ready"


def _until(done: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(1)
    return False


def _set(cloud: Settings, proxied: Iterable[str], state: str) -> None:
    for server in proxied:
        haproxy.tell(cloud, f"set server {server} state {state}")


def busy(table: str, proxied: Iterable[str]) -> list[str]:
    """Return which of these servers have sessions, by HAProxy's table. Pure."""
    rows = [line.split(",") for line in table.splitlines() if line]
    wanted = set(proxied)
    return [f"{row[0]}/{row[1]}" for row in rows if f"{row[0]}/{row[1]}" in wanted and row[4] != "0"]


def _await_quorum(cloud: Settings, number: int) -> None:
    """Wait until no queue loses its majority by this node's end, as RabbitMQ's own way to upgrade does."""
    host = next(host for host in cloud.hosts if host.number == number)
    command = [_UPGRADE, "--timeout", "180", "await_online_quorum_plus_one"]
    environ = {**clean(cloud), **rabbitmq.environ(cloud, host)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - Debian's
    assert done.returncode == 0, f"rabbitmq-upgrade: {done.stdout[-500:]}{done.stderr[-500:]}"
