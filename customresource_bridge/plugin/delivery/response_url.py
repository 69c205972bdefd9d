"""The URL that completes one request: Heat's own signed URL, sealed for the gateway where there is one.

Heat's URL has no Timestamp in it: with one it would be good for fifteen minutes. What bounds its life is the request
itself: the plugin takes one answer per RequestId, and the signing user goes with the stack.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import unquote, urlencode, urlparse

from keystoneclient.contrib.ec2 import utils as ec2_utils

from customresource_bridge.plugin.delivery.signing_user import KeyPair
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.sealed import Keyring, Sealed, seal

_SIGNAL_PATH = "/waitcondition"


def response_url(*, cfn_url: str, arn_path: str, pair: KeyPair) -> Secret:
    """Return Heat's signed URL for a resource's signal.

    :param cfn_url: heat-api-cfn's endpoint, or the operator's ``heat_waitcondition_server_url`` without its path.
    :param arn_path: the resource's ARN as a URL path, quoted.
    """
    base = urlparse(f"{cfn_url.rstrip('/')}{_SIGNAL_PATH}".lower())
    params = {"SignatureMethod": "HmacSHA256", "SignatureVersion": "2", "AWSAccessKeyId": pair.access}
    # heat-api-cfn checks the signature over the path as WSGI shows it: unquoted.
    signed = {"host": base.netloc, "verb": "PUT", "path": unquote(base.path + arn_path), "params": params}
    params["Signature"] = ec2_utils.Ec2Signer(pair.secret.reveal()).generate(signed)
    return Secret(f"{base.geturl()}{arn_path}?{urlencode(params)}")


def sealed_url(inner: Secret, *, base: str, keys: Sequence[str], identity: Identity, deadline: datetime) -> Secret:
    """Return the gateway's URL for one request, with Heat's signed URL sealed in it.

    :param base: the gateway's public base URL.
    :param keys: those shared with the gateway.
    """
    keyring = Keyring([Secret(key) for key in keys])
    content = Sealed.for_request(inner, identity, deadline=deadline)
    return seal(content, keyring=keyring, base=base, now=datetime.now(UTC))
