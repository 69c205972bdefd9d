"""The signed URL, checked as on a cloud: WSGI's unquoting, webob's path, Keystone's signer."""

from datetime import datetime
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import pytest
import webob
from heat.common.identifier import ResourceIdentifier
from keystoneclient.contrib.ec2 import utils as ec2_utils

from customresource_bridge.compat import UTC
from customresource_bridge.plugin.delivery import response_url, signing_user
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, new_key

PAIR = signing_user.KeyPair(access="abc", secret=Secret("s3cret"))


def url_for(name: str, cfn_url: str = "http://Heat:8000/v1/") -> str:
    arn = ResourceIdentifier("p", "My-stack", "1", "", name)
    return response_url.response_url(cfn_url=cfn_url, arn_path=arn.arn_url_path(), pair=PAIR).reveal()


def received(url: str, *, host: str | None = None) -> webob.Request:
    parts = urlsplit(url)
    environ = {
        "REQUEST_METHOD": "PUT",
        "wsgi.url_scheme": parts.scheme,
        "HTTP_HOST": host or parts.netloc,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
    }
    return webob.Request(environ)


def is_genuine(request: webob.Request) -> bool:
    """Check as Keystone does (``keystone/api/ec2tokens.py``): with the host as it is, then without its port."""
    params = dict(request.params)
    signature = params.pop("Signature")
    hosts = (request.host, urlsplit(f"//{request.host}").hostname)
    checked = ({"host": host, "verb": request.method, "path": request.path, "params": params} for host in hosts)
    return signature in [ec2_utils.Ec2Signer("s3cret").generate(credentials) for credentials in checked]


NAMES = ["Web", "my record", "größe", "a:b", "50%", "a%20b", "it's", "x+y=z", "(a)[b]{c}", "a,b;c@d", "#1?", "漢"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_letters_is_signed_as_heat_receives_it(name: str) -> None:
    request = received(url_for(name))
    assert is_genuine(request)
    assert ResourceIdentifier.from_arn(request.path_info.removeprefix("/v1/waitcondition/")).resource_name == name


@pytest.mark.parametrize(
    ("cfn_url", "host"),
    [
        ("http://heat:80/v1", "heat"),
        ("http://heat:80/v1", "heat:80"),
        ("https://heat:443/v1", "heat"),
        ("https://heat/v1", "heat:443"),
        ("http://heat:443/v1", "heat:443"),
        ("http://Heat:8000/v1", "heat:8000"),
        ("http://[::1]:8000/v1", "[::1]:8000"),
        ("http://[::1]:80/v1", "[::1]"),
    ],
)
def test_a_default_port_counts_neither_here_nor_there(cfn_url: str, host: str) -> None:
    assert is_genuine(received(url_for("Web", cfn_url), host=host))


def test_another_path_or_host_is_refused() -> None:
    url = url_for("Web")
    assert not is_genuine(received(url.replace("Web", "Wob")))
    assert not is_genuine(received(url, host="other:8000"))


def test_the_url_never_expires_and_keeps_the_endpoints_path() -> None:
    parts = urlsplit(url_for("Web", "http://Heat:8000/Orchestration/v1/"))
    assert "Timestamp" not in parse_qs(parts.query)
    assert parts.path.startswith("/Orchestration/v1/waitcondition/arn")
    assert "s3cret" not in parts.query


def test_with_a_gateway_the_url_is_sealed_for_one_request() -> None:
    key = new_key().reveal()
    identity = Identity(stack_id="arn", request_id="r", logical_resource_id="a")
    deadline = datetime.now(UTC)
    url = response_url.sealed_url(
        Secret("http://heat/secret"), base="https://gw", keys=[key], identity=identity, deadline=deadline, now=deadline
    )
    token = url.reveal().rpartition("/")[2]
    opened = Keyring([Secret(key)]).open(token, now=deadline)
    assert opened.identity == identity
    assert opened.url == Secret("http://heat/secret")
