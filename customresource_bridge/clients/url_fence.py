"""Where URLs that come from outside may lead: under which bases, and to which addresses. Pure.

A URL is compared as it is normalised, and only if no two parsers could read it differently: no user, no backslash, no
blank, no fragment, nothing beyond ASCII, no step upwards in whatever encoding. An address is judged by the registries
of special addresses, and an IPv6 address by which a host reaches an IPv4 one by that.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from customresource_bridge import errors

_PLAIN_URL = re.compile(
    r"https?://(\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*\Z"
)
_PORTS = {"http": 80, "https": 443}
_DECODINGS = 8
"""A front may decode once more than we expect, and the one behind it too; what is encoded still oftener is refused."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_plain(url: str) -> bool:
    """Return whether no two parsers read a URL differently, and none of its segments leads upwards."""
    try:
        return bool(_PLAIN_URL.match(url)) and not climbs(_parts(url)[3])
    except ValueError:  # a port above 65535, or no IPv6 address in the brackets
        return False


def climbs(path: str) -> bool:
    """Return whether a path, as it is or decoded, leads upwards, also for who takes a backslash for a slash."""
    for _ in range(_DECODINGS):
        if any(segment.partition(";")[0] in {".", ".."} for segment in path.replace("\\", "/").split("/")):
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True


@dataclass(frozen=True, slots=True)
class Base:
    """Where URLs may lie: scheme, host, port, and a path they begin with."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str, *, option: str = "[response] allowed_bases") -> "Base":
        """Read a base from configuration.

        :param option: its name, for the error.
        :raises ConfigurationError: it is no plain http or https URL.
        """
        url = text if text.count("/") > 2 else f"{text}/"  # noqa: PLR2004 - the two of "://"
        if not is_plain(url) or "?" in url:
            raise errors.ConfigurationError(f"{option}: '{text}' is no base of URLs: write https://host:port/path")
        return cls(*_parts(url))

    @property
    def url(self) -> str:
        """The base as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def covers(self, url: str) -> bool:
        """Return whether a URL lies under this base."""
        if not is_plain(url):
            return False
        scheme, host, port, path = _parts(url)
        if (scheme, host, port) != (self.scheme, self.host, self.port):
            return False
        below = self.path.rstrip("/")
        return path == below or path.startswith(f"{below}/")


def _parts(url: str) -> tuple[str, str, int, str]:
    split = urlsplit(url)
    host = (split.hostname or "").lower().rstrip(".")
    port = split.port if split.port is not None else _PORTS[split.scheme]
    return split.scheme, str(ipaddress.IPv6Address(host)) if ":" in host else host, port, split.path


def _networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


_NEVER = _networks(
    # IANA's registry of special-purpose IPv4 addresses, but those for private use and what is shared behind NAT, where
    # clouds have their services; and multicast.
    "0.0.0.0/8",  # this host
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local: where clouds keep their metadata
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and broadcast
    # The same for IPv6, but unique-local addresses, and 64:ff9b::/96, which is judged by the IPv4 address in it.
    "::/96",  # this host, loopback, and IPv4-compatible addresses
    "::ffff:0:0:0/96",  # IPv4-translated addresses
    "64:ff9b:1::/48",  # NAT64 with a local prefix: the IPv4 address stands wherever the operator chose
    "100::/64",  # discarded
    "100:0:0:1::/64",  # dummy prefix
    "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID and others
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
    "5f00::/16",  # segments of routes
    "fe80::/10",  # link-local
    "fec0::/10",  # site-local, of old
    "ff00::/8",  # multicast
)
"""What no service of a cloud has for its address: allowed if a base names the very address."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def address_allowed(peer: str, *, named: str) -> bool:
    """Return whether a URL may lead to the address ``peer``.

    :param named: the host as the URL, and so an allowed base, names it: where 127.0.0.1 or localhost is allowed, it
        is meant.
    """
    address = _address(peer)
    if named == "localhost":
        return address.is_loopback
    try:
        return _address(named.strip("[]")) == address
    except ValueError:
        return not any(address in net for net in _NEVER if net.version == address.version)


def _address(text: str) -> _Address:
    """Return an address; for an IPv6 one by which a host reaches an IPv4 one, that."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
