"""The URL that completes one request: Heat's own signed URL, sealed for the gateway where there is one.

Heat's URL has no Timestamp in it: with one it would be good for fifteen minutes. What bounds its life is the request
itself: the plugin takes one answer per RequestId, and the signing user goes with the stack.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlencode, urlsplit

from keystoneclient.contrib.ec2 import utils as ec2_utils

from customresource_bridge.plugin.delivery.signing_user import KeyPair
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, seal

_SIGNAL_PATH = "/waitcondition"
_UNQUOTED = "/~!$&'()*+,;=:@"
"""What webob leaves as it is when it writes down the path of a request (``PATH_SAFE`` in its ``request.py``)."""
_DEFAULT_PORT = {"http": 80, "https": 443}


def response_url(*, cfn_url: str, arn_path: str, pair: KeyPair) -> Secret:
    """Return Heat's signed URL for a resource's signal.

    :param cfn_url: heat-api-cfn's endpoint, or the operator's ``heat_waitcondition_server_url`` without its path.
    :param arn_path: the resource's ARN as a URL path, quoted.
    """
    base = urlsplit(f"{cfn_url.rstrip('/')}{_SIGNAL_PATH}")
    path = base.path + arn_path
    params = {"SignatureMethod": "HmacSHA256", "SignatureVersion": "2", "AWSAccessKeyId": pair.access}
    host = _host(base)
    signed = {"host": host, "verb": "PUT", "path": received_path(path), "params": params}
    params["Signature"] = ec2_utils.Ec2Signer(pair.secret.reveal()).generate(signed)
    return Secret(f"{base.scheme}://{host}{path}?{urlencode(params)}")


def received_path(path: str) -> str:
    """Return a URL's quoted path as heat-api-cfn has it checked: WSGI unquotes it once, and webob quotes it again."""
    return quote(unquote_to_bytes(path), safe=_UNQUOTED)


def _host(base: SplitResult) -> str:
    # Clients leave the scheme's own port out of the Host header. Keystone forgives a port that was not signed, and not
    # one that was signed and is missing.
    return base.netloc.lower().removesuffix(f":{_DEFAULT_PORT.get(base.scheme)}")


def sealed_url(  # noqa: PLR0913 - what is sealed, by name
    inner: Secret | None, *, base: str, keys: Sequence[str], identity: Identity, deadline: datetime, now: datetime
) -> Secret:
    """Return the gateway's URL for one request.

    :param inner: Heat's signed URL, to be sealed in it; None where the gateway answers over Heat's bus.
    :param base: the gateway's public base URL.
    :param keys: those shared with the gateway.
    """
    keyring = Keyring([Secret(key) for key in keys])
    content = Sealed.for_request(inner, identity, deadline=deadline)
    return seal(content, keyring=keyring, base=base, now=now)
