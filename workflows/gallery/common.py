"""What the handlers of this gallery share: how a request becomes an answer, whose a thing is, one call to an API.

Standard library alone. Each handler is a function as AWS Lambda takes it, and knows its things by ids that follow from
the request: the same Create names the same thing again, and a Create that broke off half-way names what it may have
made, so that the rollback's Delete finds it.
"""

import hashlib
import json
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_SECONDS = 30
_SHOWN = 300


class RefusedError(Exception):
    """Why a request fails, for the owner of the stack; it holds no secret."""


def answer(event, *, name, make, remove):
    """Have a thing made, changed or removed, and return the answer.

    :param name: returns the thing's id, by the properties; it makes nothing.
    :param make: makes the thing, or changes it to what the properties say; returns what else the answer has.
    :param remove: removes the thing with an id; one that is gone, was never made or is another's is no fault.
    """
    deleting = event["RequestType"] == "Delete"
    known = {"PhysicalResourceId": event["PhysicalResourceId"]} if deleting else {}
    try:
        if deleting:
            for thing in _to_remove(event, name):
                remove(thing)
            return {"Status": "SUCCESS", **known}
        known["PhysicalResourceId"] = name(event["ResourceProperties"])
        return {**known, **make(known["PhysicalResourceId"], event["ResourceProperties"])}
    except RefusedError as error:  # whatever it was, the thing may be there: it is named
        return {"Status": "FAILED", "Reason": str(error), **known}
    except Exception as error:  # an unexpected one may quote anything, but for its kind
        return {"Status": "FAILED", "Reason": f"The handler raised {type(error).__name__}", **known}


def _to_remove(event, name):
    """Return the ids that a Delete is about.

    The engine gives an id of its own to a Create whose answer was lost: the thing is then the one that the properties
    name. Whether it is this resource's says its mark; and a later Create may have taken it over, where the same
    properties name it again: that one's id is among those that the request says stay.
    """
    thing = event["PhysicalResourceId"]
    try:
        named = name(event["ResourceProperties"])
    except RefusedError:  # a Create with these properties made nothing
        return [thing]
    is_named = thing.partition("/")[0] == named.partition("/")[0]
    return [thing] if is_named or named in event.get("OpenStack", {}).get("HeldIds", []) else [thing, named]


def mark(event, *more):
    """Return what marks a thing as this resource's: the same for each request about it.

    :param more: properties by which one resource has several things, one after the other.
    """
    parts = [event["StackId"], event["LogicalResourceId"], *map(str, more)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def required(properties, name):
    """Return a property that has to be there."""
    value = properties.get(name)
    if value is None or value == "":
        raise RefusedError(f"Property {name} is missing")
    return value


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        """Follow none: what the call carries is for the host that was named."""


_OPENER = build_opener(_NoRedirect)


def call(method, url, body=None, *, headers=None, but=()):
    """Do one HTTP call and return what came, decoded where it is JSON; None for a status that ``but`` names.

    :param body: text as it is; anything else becomes JSON.
    """
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
    request = Request(url, data, {"Accept": "application/json", **kind, **(headers or {})}, method=method)
    try:
        with _OPENER.open(request, timeout=_SECONDS) as response:
            return _decoded(response.read())
    except HTTPError as error:
        if error.code in but:
            return None
        said = error.read(_SHOWN).decode(errors="replace").strip()
        raise RefusedError(f"{method} {_place(url)}: {error.code} {said}") from None
    except (URLError, OSError) as error:
        raise RefusedError(f"{method} {_place(url)}: {getattr(error, 'reason', error)}") from None


def _decoded(raw):
    try:
        return json.loads(raw) if raw.strip() else {}
    except ValueError:
        return raw.decode(errors="replace")


def _place(url):
    """Return a URL without what may be secret in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
