"""requests' session for many calls to few hosts: what is the same for each call to a host is found out once.

For every call requests prepares a request anew, looks through the environment for proxies, CA bundles and a .netrc
file, builds TLS settings, cookies and hooks: more than half of the bridge's processor time. Here a host's pool of
connections is asked of requests at its first call, and a plain call then goes to urllib3, which requests itself sends
by. A call that is not plain, or that a proxy takes, goes all the way of requests.
A .netrc is not read: tokens authenticate.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from keystoneauth1 import session as ksa_session
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers, select_proxy

from customresource_bridge.clients.turns import NoTurnError, TurnsOfEach

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse  # which urllib3 1.26 does not have

_PLAIN = frozenset({"headers", "data", "params", "timeout", "verify", "cert", "allow_redirects"})
_HOSTS = 100
"""Whose pools are kept. A bridge talks to half a dozen."""
_SERVICES = 4
"""Of those that a bridge asks for each request, so many may be behind one host and port."""


class Connections(requests.Session):
    """A pool of connections.

    :param number: how many to one host are kept open; requests drops, with a warning, all above ten.
    :param bounded: whether no service is asked more than that at a time: a further call waits for its turn, behind
        those that came before it, as long as it would for a connection. Services that have a host and port in common
        are told by where their paths begin.
    """

    def __init__(self, number: int, *, bounded: bool = False) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            most = _SERVICES * number if bounded else number
            self.mount(scheme, ksa_session.TCPKeepAliveAdapter(pool_connections=_HOSTS, pool_maxsize=most))
        self.trust_env = False
        self._environment = requests.Session()
        self._known: dict[Any, dict[str, Any]] = {}
        self._pools: dict[Any, Any] = {}
        self._number = number
        self._turns = TurnsOfEach(number) if bounded else None

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        """Send a request; see requests.Session.request.

        :raises requests.RequestException: as there.
        """
        with self._turn(url, kwargs.get("timeout")):
            return self._request(method, url, *args, **kwargs)

    @contextmanager
    def _turn(self, url: str, timeout: Any) -> Iterator[None]:
        """Wait until the service may be asked once more.

        :raises requests.ConnectTimeout: it is asked too much for too long; this call did not reach it.
        """
        if self._turns is None:
            yield
            return
        parts = urlsplit(url)
        service = parts.netloc, parts.path.split("/", 2)[1] if "/" in parts.path else ""
        with ExitStack() as held:
            try:
                held.enter_context(self._turns.turn(service, _pair(timeout)[0]))
            except NoTurnError as error:
                raise requests.ConnectTimeout(f"{self._number} calls to {parts.netloc} are under way") from error
            yield

    def _request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        pool = None if args or not _is_plain(kwargs) else self._pool(url, kwargs.get("verify"), kwargs.get("cert"))
        if pool is None:
            return super().request(method, url, *args, **kwargs)
        with _errors():
            answer = pool.urlopen(
                method,
                _target(url, kwargs.get("params")),
                body=_bytes(kwargs.get("data")),
                headers=_texts(kwargs.get("headers")),
                timeout=_timeout(kwargs.get("timeout")),
                redirect=False,
                retries=False,
                assert_same_host=False,
            )
        return _response(method, url, answer)

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

    def _pool(self, url: str, verify: Any, cert: Any) -> Any:
        """Return the host's pool of connections, or None where a proxy takes the call."""
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc, verify, cert
        if key not in self._pools:
            settings = self.merge_environment_settings(url, {}, False, verify, cert)
            self._pools[key] = None if select_proxy(url, settings["proxies"]) else self._found(url, settings)
        return self._pools[key]

    def _found(self, url: str, settings: dict[str, Any]) -> Any:
        call = self.prepare_request(requests.Request("GET", url))
        adapter: Any = self.get_adapter(url)
        verify, cert = settings["verify"], settings["cert"]
        pool = adapter.get_connection_with_tls_context(call, verify, cert=cert)
        # As its send() does: without this, OpenSSL's certificates would count and not those of requests.
        try:
            adapter.cert_verify(pool, url, verify, cert)
        except OSError as error:  # no such file
            raise requests.exceptions.SSLError(error) from error
        return pool


def _is_plain(kwargs: dict[str, Any]) -> bool:
    data, params, timeout = (kwargs.get(name) for name in ("data", "params", "timeout"))
    return (
        kwargs.keys() <= _PLAIN
        and kwargs.get("allow_redirects") is False
        and (data is None or isinstance(data, str | bytes))
        and (params is None or isinstance(params, dict))
        and (timeout is None or isinstance(timeout, int | float) or _is_pair(timeout))
    )


def _is_pair(timeout: Any) -> bool:
    return isinstance(timeout, tuple) and [isinstance(seconds, int | float) for seconds in timeout] == [True, True]


def _timeout(given: Any) -> urllib3.Timeout:
    """Return a time-out as requests reads it: one for the connection and for each read, or a pair of the two."""
    connect, read = _pair(given)
    return urllib3.Timeout(connect=connect, read=read)


def _pair(given: Any) -> tuple[Any, Any]:
    return given if isinstance(given, tuple) else (given, given)


def _target(url: str, params: dict[str, Any] | None) -> str:
    parts = urlsplit(url)
    more = urlencode({name: value for name, value in (params or {}).items() if value is not None}, doseq=True)
    query = "&".join(part for part in (parts.query, more) if part)
    return f"{parts.path or '/'}{f'?{query}' if query else ''}"


def _bytes(body: str | bytes | None) -> bytes | None:
    """Return a text as UTF-8, for which urllib3 1.26 would take Latin-1."""
    return body.encode() if isinstance(body, str) else body


def _texts(headers: Any) -> dict[str, str]:
    return {
        "Accept-Encoding": "gzip, deflate",
        **{
            name: value.decode("latin-1") if isinstance(value, bytes) else value
            for name, value in (headers or {}).items()
            if value is not None
        },
    }


@contextmanager
def _errors() -> Iterator[None]:
    """Raise requests' errors for urllib3's, as its own adapter does."""
    try:
        yield
    except urllib3.exceptions.NewConnectionError as error:  # which urllib3 counts among the time-outs
        raise requests.ConnectionError(error) from error
    except urllib3.exceptions.ConnectTimeoutError as error:
        raise requests.ConnectTimeout(error) from error
    except urllib3.exceptions.TimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except urllib3.exceptions.SSLError as error:
        raise requests.exceptions.SSLError(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def _response(method: str, url: str, answer: "BaseHTTPResponse") -> requests.Response:
    made = requests.Response()
    made.status_code = answer.status
    made.reason = answer.reason or ""
    made.headers = CaseInsensitiveDict(answer.headers)
    made.encoding = get_encoding_from_headers(made.headers)
    made.url = url
    made._content = answer.data  # noqa: SLF001 - where requests keeps it once it is read
    made.request = requests.Request(method, url)  # type: ignore[assignment] # its method is all that is ever read
    return made
