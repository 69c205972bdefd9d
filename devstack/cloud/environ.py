"""The environment of every process of the cloud: a clean one, so that nothing of the caller's shell leaks in."""

import os
from collections.abc import Mapping

from devstack.cloud.profile import HOST
from devstack.cloud.settings import Settings

# What a machine may need to reach the outside world at all (pip, a workflow's std.http).
_KEPT = (
    "LANG",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
)


def clean(settings: Settings, outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment. OpenStack's programs look for their configuration in HOME."""
    outer = os.environ if outer is None else outer
    kept = {name: outer[name] for name in _KEPT if name in outer}
    path = f"{settings.venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    hosts = (host.address for host in settings.hosts)
    here = ",".join(dict.fromkeys((HOST, "localhost", *settings.profile.addresses, *hosts)))
    local = {"no_proxy": here, "NO_PROXY": here}
    return {"LANG": "C.UTF-8", **kept, **local, "PATH": path, "HOME": str(settings.conf), "PYTHONUNBUFFERED": "1"}
