"""requests' session for many calls to few hosts: reads the environment's settings for a host once.

Used by the sessions of this package. requests looks through the environment for proxies and CA bundles, and for a
.netrc file, at each call, which took a fifth of the bridge's processor time. A .netrc has no say here: tokens do.
"""

from typing import Any
from urllib.parse import urlsplit

import requests
from keystoneauth1 import session as ksa_session


class Connections(requests.Session):
    """A pool of connections.

    :param number: how many to one host are kept open; requests drops, with a warning, all above ten.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, ksa_session.TCPKeepAliveAdapter(pool_maxsize=number))
        self.trust_env = False
        self._environment = requests.Session()
        self._known: dict[Any, dict[str, Any]] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Return the settings of a call, as they were at the first one to this host that was asked for alike."""
        if proxies:
            return self._environment.merge_environment_settings(url, proxies, stream, verify, cert)
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc, stream, verify, cert
        if key not in self._known:
            found = self._environment.merge_environment_settings(url, {}, stream, verify, cert)
            self._known[key] = dict(found)
        settings = self._known[key]
        return {**settings, "proxies": dict(settings["proxies"])}
