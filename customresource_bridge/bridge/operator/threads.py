"""Has oslo.service, and all of OpenStack's libraries with it, work with threads where it can choose: from 4.2 on.

Before, what imports it loads eventlet too, which changes nothing of a process that does not ask for it.
"""

from importlib.metadata import version

try:
    from oslo_service import backend
except ImportError:  # before 4.1
    backend = None


def choose_threads() -> None:
    """Choose threads; to be called before anything that loads oslo.service is imported."""
    if can_choose(version("oslo.service")):
        backend.init_backend(backend.BackendType.THREADING)


def can_choose(release: str) -> bool:
    """Say whether a version of oslo.service has more than eventlet."""
    major, minor = (int(part) for part in release.split(".")[:2])
    return (major, minor) >= (4, 2)
