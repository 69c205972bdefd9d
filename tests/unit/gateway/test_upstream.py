import pytest

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
        "http://inner@evil/v1/x",
    ],
)
def test_what_lies_outside_is_refused_without_its_url(url: str) -> None:
    with pytest.raises(TokenError, match="may not call") as caught:
        Upstreams.of(BASES).check(Secret(url))
    assert url not in str(caught.value)


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "gopher://heat/", "http:///path"])
def test_what_is_no_url_leads_nowhere_even_without_bases(url: str) -> None:
    with pytest.raises(TokenError, match="leads nowhere"):
        Upstreams().check(Secret(url))


def test_without_bases_any_url_is_called() -> None:
    Upstreams().check(Secret("http://anything/at/all"))
