"""Parts two hosts that are played on one machine: a packet filter drops what their processes send each other.

Whose a packet is, its control group says: all processes of a host's services are put into one of the controller
net_cls. A connection that one of the two began with the other is marked, and nothing of it passes in either direction.
It needs root, nft and that controller.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.cloud import processes, starter
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings

_TABLE = "customresource_parted"
_CLASS = 0x4352_0000
_MARK = 0x4352
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"


def is_possible() -> bool:
    """Say whether this machine can do it."""
    has_controller = any(line.startswith("net_cls\t") for line in Path("/proc/cgroups").read_text().splitlines())
    return os.geteuid() == 0 and has_controller and shutil.which("nft", path=_PATH) is not None


def rules(cloud: Settings, pair: tuple[int, int]) -> str:
    """Return the filter's rules, as nft reads them. Pure."""
    address = {host.number: host.address for host in cloud.hosts}
    ways = (pair, pair[::-1])
    marks = "".join(f"    meta cgroup {_CLASS + a} ip daddr {address[b]} ct mark set {_MARK}\n" for a, b in ways)
    return (
        f"table inet {_TABLE} {{\n  chain out {{\n    type filter hook output priority 0\n"
        f"{marks}    ct mark {_MARK} drop\n  }}\n}}\n"
    )


@contextmanager
def cut(cloud: Settings, pair: tuple[int, int]) -> Iterator[None]:
    """Part them while the block lasts."""
    with _groups() as groups:
        for number in pair:
            _enter(cloud, groups / f"customresource-{number}", number)
        _nft(rules(cloud, pair))
        try:
            yield
        finally:
            _nft(f"delete table inet {_TABLE}\n")


@contextmanager
def _groups() -> Iterator[Path]:
    """Mount the controller for so long; a group outlives that, and keeps its number."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "cgroup", "-o", "net_cls", "none", name], check=True)  # noqa: S603, S607
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)  # noqa: S603, S607


def _enter(cloud: Settings, group: Path, number: int) -> None:
    """Put all that runs on a host into its group; what they fork later is there as well."""
    group.mkdir(exist_ok=True)
    (group / "net_cls.classid").write_text(str(_CLASS + number))
    for name in services(cloud):
        if name.endswith(f"-{number}"):
            for pid in processes.living(starter.record(cloud, name)):
                _join(group, pid)


def _join(group: Path, pid: int) -> None:
    try:
        (group / "cgroup.procs").write_text(str(pid))
    except ProcessLookupError:
        return  # it has ended meanwhile


def _nft(text: str) -> None:
    nft = shutil.which("nft", path=_PATH) or "nft"
    subprocess.run([nft, "-f", "-"], input=text, text=True, check=True)  # noqa: S603 - our own rules
