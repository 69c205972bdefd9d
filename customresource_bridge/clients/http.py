"""Turns what HTTP, keystoneauth and requests report into this package's errors: once, and with the cause chained.

It adds no retry: the caller of a client knows whether asking again is safe.
"""

import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import requests
from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from customresource_bridge import errors
from customresource_bridge.clients.turns import NoTurnError
from customresource_bridge.protocol.printing import one_line

_UNAVAILABLE = frozenset({408, 423, 425, 429})
_BY_STATUS: dict[int, type[errors.ServiceError]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
}
_SHOWN = 2000
_CATALOGUE_SECONDS = 60.0
LONGEST_PATIENCE = 60.0
"""Seconds that a call may take, whatever the ones before it took."""
_PATIENT_SECONDS = 600.0


class QuietAdapter(adapter.Adapter):  # type: ignore[misc] # keystoneauth has no types
    """A keystoneauth adapter with a timeout that never logs what it sends or receives.

    keystoneauth writes whole bodies at DEBUG, and ours hold ResponseURLs and masked data. It does not raise for a
    status, and does not retry: both are for its user to decide. It follows no redirect: token, signature and body would
    go along to whichever host that names.

    After a call that was not answered in time each may take twice as long, until none was late for ten minutes: a
    service that is slow is not asked again and again for what it never has the time to finish.

    :param timeout: seconds for the connection, and at first between two reads.
    :param longest: to how many seconds that may grow.
    """

    def __init__(self, *, timeout: float, longest: float = LONGEST_PATIENCE, **kwargs: Any) -> None:
        super().__init__(connect_retries=0, raise_exc=False, **kwargs)
        self.timeout = self._patience = timeout
        self._longest = max(timeout, longest)
        self._patient_until = -math.inf
        self._endpoint: str | None = None
        self._endpoint_until = -math.inf

    def request(self, url: str, method: str, **kwargs: Any) -> Any:
        """Send one request; see keystoneauth1.session.Session.request."""
        kwargs["log"], kwargs["redirect"] = False, False
        kwargs.setdefault("timeout", (self.timeout, self._patience_now()))
        if self.endpoint_override is None and kwargs.get("authenticated", True):
            kwargs.setdefault("endpoint_override", self._found())
        try:
            return super().request(url, method, **kwargs)
        except ksa.ConnectTimeout as error:  # keystoneauth's word for a late answer, too
            if not never_left(error):
                self._patience = min(2 * self._patience, self._longest)
                self._patient_until = time.monotonic() + _PATIENT_SECONDS
            raise

    def _patience_now(self) -> float:
        """Return the seconds that an answer may take now."""
        if time.monotonic() >= self._patient_until:
            self._patience = self.timeout
        return self._patience

    def _found(self) -> str | None:
        """Return the endpoint, from the catalogue once a minute: for each call, it took an eighth of the time."""
        now = time.monotonic()
        if self._endpoint is None or now >= self._endpoint_until:
            found = self.get_endpoint()
            # What stands there, keystoneauth fills in by %.
            self._endpoint = str(found).replace("%", "%%") if found else None
            self._endpoint_until = now + _CATALOGUE_SECONDS
        return self._endpoint


_Client = TypeVar("_Client", bound="ServiceClient")


class ServiceClient:
    """What a service's clients have in common: one adapter, with the authority of a session.

    :param adapter: a keystoneauth adapter whose endpoint is the service's: Heat's with the project where it has one,
        Mistral's with its ``/v2``.
    """

    _SERVICE_TYPE: ClassVar[str]
    _TIMEOUT: ClassVar[float]

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    @classmethod
    def from_session(  # noqa: PYI019 - Python 3.10 has no Self
        cls: type[_Client],
        session: Any,
        *,
        region_name: str | None = None,
        interface: str = "public",
        timeout: float | None = None,
    ) -> _Client:
        """Return a client with the authority of a keystoneauth session.

        :param timeout: seconds for a call, where it is not the client's own.
        """
        return cls(
            QuietAdapter(
                session=session,
                service_type=cls._SERVICE_TYPE,
                region_name=region_name,
                interface=interface,
                timeout=timeout or cls._TIMEOUT,
            )
        )


def error_for(service: str, doing: str, problem: str, *, status: int) -> errors.ServiceError:
    """Return the error that an answer with ``status`` stands for."""
    if status in _UNAVAILABLE or status >= requests.codes.server_error or status < requests.codes.bad_request:
        return errors.ServiceUnavailable(service, doing, problem, status=status)
    return _BY_STATUS.get(status, errors.Rejected)(service, doing, problem, status=status)


def never_left(error: Exception) -> bool:
    """Return whether a call surely did nothing: its service, or Keystone before it, could not even be connected to.

    Anything else leaves it open. A call that was not answered in time may have been carried out, and so may one whose
    connection broke, or that a proxy answered.
    """
    return _comes_of(error, NewConnectionError, ConnectTimeoutError)


def _comes_of(error: Exception, *kinds: type[Exception]) -> bool:
    seen: list[object] = [error]
    for cause in seen:  # grows as it goes
        if isinstance(cause, kinds):
            return True
        if isinstance(cause, BaseException):
            more = (cause.__cause__, cause.__context__, getattr(cause, "reason", None))
            seen.extend(item for item in more if item is not None and item not in seen)
    return False


def _late(error: Exception) -> str:
    """Return what was not done in time."""
    if _comes_of(error, NoTurnError):
        return "it was not asked: too many of this process's calls to it were under way"
    return "it could not be connected to in time" if never_left(error) else "it did not answer in time"


def check(response: Any, service: str, doing: str) -> Any:
    """Return ``response`` if it is a 2xx.

    :raises ServiceError: it is anything else. A proxy's redirect or page counts as "later", not as success.
    """
    if requests.codes.ok <= response.status_code < requests.codes.multiple_choices:
        return response
    raise error_for(service, doing, problem_in(response.text), status=response.status_code)


def decoded(response: Any, service: str, doing: str) -> Any:
    """Return the JSON of a 2xx.

    :raises ServiceError: it is no 2xx, or holds no JSON that can be read.
    """
    text = check(response, service, doing).text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.ServiceUnavailable(service, doing, "its answer cannot be read") from error


def read(adapter: Any, path: str, params: Mapping[str, Any], *, service: str, doing: str) -> dict[str, Any]:
    """Return the JSON object that a service answers a GET with.

    :raises ServiceError: it answers anything else, or not at all.
    """
    with service_errors(service, doing):
        response = adapter.get(path, params=params)
    body = decoded(response, service, doing)
    if not isinstance(body, dict):
        raise errors.ServiceUnavailable(service, doing, "its answer cannot be read")
    return body


def problem_in(text: str) -> str:
    """Return what a service says in the body of an error, as one short line."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return "it gave no reason that can be read"
    if not isinstance(body, dict):
        return "it gave no reason that can be read"
    nested = body.get("error")
    nested = nested.get("message") if isinstance(nested, dict) else None
    # A title is the last: Heat's says "Bad Request" beside the reason.
    said = (body.get("faultstring"), body.get("description"), body.get("message"), nested, body.get("title"))
    found = (text.strip() for text in said if isinstance(text, str) and text.strip())
    return next((one_line(text[:_SHOWN]) for text in found), "it gave no reason that can be read")


@contextmanager
def service_errors(service: str, doing: str) -> Iterator[None]:
    """Raise this package's errors for keystoneauth's and requests'.

    The texts of connection errors are dropped, because they hold whole URLs; the cause stays chained.
    """
    try:
        yield
    except ksa.HttpError as error:
        # With raise_exc off, only Keystone itself raises these: it refused a token. Never NotFound or Forbidden: who
        # asked a service would take Keystone's answer about a user or a trust for the service's about a message.
        refused = requests.codes.bad_request <= error.http_status < requests.codes.server_error
        status = requests.codes.unauthorized if refused and error.http_status not in _UNAVAILABLE else error.http_status
        raise error_for("Keystone", "issue a token", error.message or type(error).__name__, status=status) from error
    except (ksa.MissingAuthPlugin, ksa.AuthPluginException, ksa.AuthorizationFailure, ksa.MissingAuthMethods) as error:
        raise errors.ConfigurationError(f"The credentials for OpenStack cannot be used: {error}") from error
    except ksa.CatalogException as error:
        raise errors.ConfigurationError(
            f"Keystone's catalogue has no endpoint for {service}: set the region and interface, or have it registered"
        ) from error
    except ksa.InvalidResponse as error:  # to a login: a page, or a redirect, which none of our sessions follows
        raise errors.ServiceUnavailable("Keystone", "issue a token", "something else than Keystone answered") from error
    except (ksa.ConnectTimeout, requests.Timeout) as error:
        raise errors.ServiceUnavailable(service, doing, _late(error)) from error
    except ksa.SSLError as error:
        raise errors.ServiceUnavailable(service, doing, "its certificate is not trusted") from error
    except (ksa.ClientException, requests.RequestException, ConnectionError) as error:
        raise errors.ServiceUnavailable(service, doing, f"no connection ({type(error).__name__})") from error
