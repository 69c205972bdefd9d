"""Proves that a message comes from the plugin and was not changed: Zaqar lets everyone with a role in a project post.

An HMAC-SHA256 over the request, without the signature itself, as canonical JSON. It stands under
``OpenStack.Signature`` as ``{"Key": <the key's name>, "Value": <hex>}``. Several keys at once allow a rotation: the
first signs, all verify. Without a key nothing is signed and nothing is refused, which is how a tenant's own bridge runs
when the cloud's operator gives out no key: there everyone with a role in the project is trusted as its owner is.

By hand and not by a JWT library: the canonical form is one json.dumps, the rest is ``hmac`` of the standard library.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from customresource_bridge.protocol.errors import RequestError
from customresource_bridge.protocol.request import EXTRAS_KEY
from customresource_bridge.protocol.secret import Secret

SIGNATURE_KEY = "Signature"
FIELD = f"{EXTRAS_KEY}.{SIGNATURE_KEY}"
_REMEDY = "give heat.conf [custom_resource] and the bridge's [security] the same signature_keys"


def key_name(key: Secret) -> str:
    """Return the name a key goes by in a message: the beginning of a hash, so that an operator need not invent one."""
    return hashlib.sha256(b"customresource-bridge key name\0" + key.reveal().encode()).hexdigest()[:8]


def signed(body: Mapping[str, Any], keys: Sequence[Secret]) -> dict[str, Any]:
    """Return a request's JSON with the signature of the first key; unchanged where there is no key."""
    if not keys:
        return dict(body)
    signature = {"Key": key_name(keys[0]), "Value": _value(body, keys[0])}
    return {**body, EXTRAS_KEY: {**body[EXTRAS_KEY], SIGNATURE_KEY: signature}}


def verify(body: Mapping[str, Any], keys: Sequence[Secret]) -> None:
    """Check a message's signature; where there is no key, nothing is checked.

    :raises RequestError: it is missing, of an unknown key, or not that of this very request.
    """
    if not keys:
        return
    extras = body.get(EXTRAS_KEY)
    signature = extras.get(SIGNATURE_KEY) if isinstance(extras, Mapping) else None
    if not isinstance(signature, Mapping):
        raise RequestError(FIELD, "is missing", _REMEDY)
    key = next((key for key in keys if key_name(key) == signature.get("Key")), None)
    if key is None:
        raise RequestError(FIELD, "is by a key that is not known here", _REMEDY)
    given = signature.get("Value")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), _value(body, key).encode()
    ):
        raise RequestError(FIELD, "does not fit the request", "do not change a request, nor post one by hand")


def _value(body: Mapping[str, Any], key: Secret) -> str:
    extras = {name: value for name, value in body[EXTRAS_KEY].items() if name != SIGNATURE_KEY}
    canonical = json.dumps({**body, EXTRAS_KEY: extras}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(key.reveal().encode(), canonical.encode(), hashlib.sha256).hexdigest()
