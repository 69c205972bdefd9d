"""Which OpenStack release the cloud runs, and all that its services differ in. Pure."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SERIES = HERE.parent / "releases"


@dataclass(frozen=True)
class Release:
    """A series of OpenStack's; the unnamed one is the newest, pinned by constraints.txt."""

    name: str = ""

    @property
    def constraints(self) -> tuple[Path, ...]:
        """The files that pin its packages."""
        if not self.name:
            return (HERE / "constraints.txt",)
        return (SERIES / self.name / "upper-constraints.txt", SERIES / self.name / "services.txt")

    @property
    def suffix(self) -> str:
        """What tells its directories from another release's."""
        return f"-{self.name}" if self.name else ""

    @property
    def mistral_application(self) -> str:
        """The WSGI application of Mistral's API, which moved with Mistral 21."""
        return "mistral.api.wsgi:application" if self.before("2025.2") else "mistral.wsgi:application"

    @property
    def mistral_servers(self) -> str:
        """The parts of one mistral-server; before Mistral 23 the engine runs the periodic tasks."""
        return "engine,executor,notifier" if self.before("2026.2") else "engine,executor,notifier,periodic"

    @property
    def cfn_asks_keystone(self) -> bool:
        """Whether heat-api-cfn logs in while it loads, and so must not start before Keystone answers."""
        return self.before("2026.2")

    def before(self, series: str) -> bool:
        """Return whether it is an earlier one than a series."""
        return bool(self.name) and self.name < series


NEWEST = Release()


def named(name: str) -> Release:
    """Return a release by its series; ValueError for one that is not known."""
    known = sorted(path.name for path in SERIES.iterdir() if path.is_dir())
    if name and name not in known:
        raise ValueError(f"CRB_CLOUD_RELEASE={name!r}: the releases are {', '.join(known)}")
    return Release(name)
