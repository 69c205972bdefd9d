"""The gateway's second fence: what it may call, and in which spelling."""

import pytest

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.errors import TokenError

BASES = ("https://heat.example:8000/v1/waitcondition/", "http://inner/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://heat.example:8000/v1/waitcondition/arn?Signature=x",
        "https://HEAT.example:8000/v1/waitcondition",
        "http://inner:80/v1/waitcondition/arn",
    ],
)
def test_what_lies_under_a_base_is_called(url: str) -> None:
    Upstreams.of(BASES).check(Secret(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://heat.example:8000/v1/waitconditions/arn",
        "https://heat.example/v1/waitcondition/arn",
        "http://heat.example:8000/v1/waitcondition/arn",
        "https://other:8000/v1/waitcondition/arn",
        "http://evil/v1/x",
        "http://inner/v1x",
        "http://inner:8080/v1/x",
    ],
)
def test_what_lies_outside_is_refused_without_its_url(url: str) -> None:
    with pytest.raises(TokenError, match="may not call") as caught:
        Upstreams.of(BASES).check(Secret(url))
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "gopher://heat/",
        "http:///path",
        "http://inner@evil/v1/x",
        "http://user:word@inner/v1/x",
        "http://inner\\@evil/v1/x",
        "http://inner/v1/../../admin/delete",
        "http://inner/v1/%2e%2e/admin",
        "http://inner/v1/%252e%252e/admin",
        "http://inner/v1/..%2fadmin",
        "http://inner/v1/..;/admin",
        "http://inner/v1/..%5cadmin",
        "http://inner/v1/\r\nX-Auth-Token: x",
        "http://inner/v1/\x00",
        "http://inner/v1/x#y",
        "http://inner:0x50/v1/x",
        "http://inner:99999/v1/x",
        "http://\uff49nner/v1/x",
    ],
)
@pytest.mark.parametrize("bases", [(), BASES], ids=["any base", "bases"])
def test_what_parsers_read_differently_leads_nowhere(url: str, bases: tuple[str, ...]) -> None:
    with pytest.raises(TokenError, match="leads nowhere") as caught:
        Upstreams.of(bases).check(Secret(url))
    assert not url or url not in str(caught.value)


@pytest.mark.parametrize("base", ["heat", "ftp://heat/", "http://u@heat/", "http://heat/../v1", "http://heat/v1?x=1"])
def test_a_base_that_is_no_plain_url_is_refused_with_its_option(base: str) -> None:
    with pytest.raises(ConfigurationError, match="heat_urls"):
        Upstreams.of([base])


def test_without_bases_any_url_is_called() -> None:
    Upstreams().check(Secret("http://anything/at/all"))
