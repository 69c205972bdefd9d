"""What the starter has to know about a service. The modules of services/ make these values; starter acts on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Service:
    """One service of the cloud.

    starts_after: steps that must be done before its process is started.
    ready_after: steps that must be done before its readiness can be asked for.
    ready: asks the service itself whether it works; False or OSError means "not yet".
    files: configuration, written anew before each start.
    kind: what it is one of, where several hosts have it: a step of that name is done when all of them are ready.
    timeout: seconds from the start of its process (or from ready_after, where that is later) until it must be ready.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict)
    starts_after: tuple[str, ...] = ()
    ready_after: tuple[str, ...] = ()
    files: Mapping[Path, str] = field(default_factory=dict)
    timeout: float = 180.0
    kind: str = ""
