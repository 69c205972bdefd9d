"""Fences around URLs from outside: no spelling leads around them, and no name to an address that nobody serves at."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.clients.url_fence import Base, address_allowed, climbs, is_plain
from customresource_bridge.errors import ConfigurationError

BASE = "https://heat.example:8000/v1/waitcondition"
GOOD = f"{BASE}/arn%3Aopenstack%3Aheat?Signature=a%2Bb%3D&Timestamp=2030-01-01T00:00:00Z"


def allowed(url: str, *bases: str) -> bool:
    return any(Base.parse(base).covers(url) for base in bases or [BASE])


@pytest.mark.parametrize("url", [GOOD, BASE, f"{BASE}/x", "https://HEAT.example:8000/v1/waitcondition/x"])
def test_under_a_base_it_may_be_opened(url: str) -> None:
    assert allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "https://evil.example/v1/waitcondition/x",
        "http://heat.example:8000/v1/waitcondition/x",
        "https://heat.example/v1/waitcondition/x",
        "https://heat.example:80001/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitconditions",
        "https://heat.example:8000/v1/",
        "https://heat.example.evil.example:8000/v1/waitcondition/x",
        "https://heat.example:8000@evil.example/v1/waitcondition/x",
        "https://user@heat.example:8000/v1/waitcondition/x",
        "https://evil.example#@heat.example:8000/v1/waitcondition/x",
        "https://evil.example\\@heat.example:8000/v1/waitcondition/x",
        "https://heat.example:8000\\@evil.example/v1/waitcondition/x",
        "https:/\\heat.example:8000/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitcondition/../admin",
        "https://heat.example:8000/v1/waitcondition/%2e%2e/admin",
        "https://heat.example:8000/v1/waitcondition/%252e%252e/admin",
        "https://heat.example:8000/v1/waitcondition/.%2e/admin",
        "https://heat.example:8000/v1/waitcondition/..%5cadmin",
        "https://heat.example:8000/v1/waitcondition/..;/admin",
        "https://heat.example:8000/v1/waitcondition/..%2fadmin",
        "https://heat.example:8000/v1/waitcondition/%25252e%25252e/admin",
        "https://heat.example:8000/../../admin/delete",
        "https://heat.example:99999/v1/waitcondition/x",
        "https://[1.2.3.4]:8000/v1/waitcondition/x",
        "https://[::1:8000/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitcondition/\x00",
        "https://heat.example:8000/v1/waitcondition/\ud800",
        "https://heat.example\u2028:8000/v1/waitcondition/x",
        "https://heat.example:8000/v1/waitcondition/x y",
        "https://heat.example:8000/v1/waitcondition/x\r\nHost: evil",
        "https://heat.example:8000/v1/waitcondition/x\n",
        "https://heat.example:8000/v1/waitcondition/x#fragment",
        "https://heat.ex\u0430mple:8000/v1/waitcondition/x",
        "https://heat\u3002example:8000/v1/waitcondition/x",
        " https://heat.example:8000/v1/waitcondition/x",
        "file:///etc/passwd",
        "gopher://heat.example:8000/v1/waitcondition/x",
        "//heat.example:8000/v1/waitcondition/x",
        "https://[::1]:8000/v1/waitcondition/x",
        "https://heat.example:0x1f40/v1/waitcondition/x",
    ],
)
def test_tricks_are_refused(url: str) -> None:
    assert not allowed(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "localhost"])
def test_other_spellings_of_a_base_are_not_the_base(host: str) -> None:
    assert not allowed(f"http://{host}:8000/v1/x", "http://127.0.0.1:8000/v1")


@given(url=st.text(max_size=80) | st.text(max_size=40).map(lambda rest: GOOD + rest))
def test_no_text_crashes_it_and_none_leaves_the_base(url: str) -> None:
    if allowed(url):
        assert url.lower().startswith(BASE)


@pytest.mark.parametrize("text", ["", "heat.example", "ftp://x/", "https://u@h/", "https://h/?q=1", "https://h/a b"])
def test_a_wrong_base_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="allowed_bases"):
        Base.parse(text)


SPECIAL = {
    # The registries' rows, with addresses at both ends. https://www.iana.org/assignments/iana-ipv4-special-registry
    "this network": ("0.0.0.0", "0.255.255.255"),  # noqa: S104
    "loopback": ("127.0.0.0", "127.0.0.1", "127.255.255.255"),
    "link-local": ("169.254.0.0", "169.254.169.254", "169.254.255.255"),
    "protocol assignments": ("192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.0.255"),
    "documentation": ("192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255"),
    "AS112": ("192.31.196.0", "192.31.196.255", "192.175.48.0", "192.175.48.255"),
    "AMT": ("192.52.193.0", "192.52.193.255"),
    "6to4 relays": ("192.88.99.0", "192.88.99.2", "192.88.99.255"),
    "benchmarks": ("198.18.0.0", "198.19.255.255"),
    "multicast": ("224.0.0.1", "239.255.255.255"),
    "reserved": ("240.0.0.0", "255.255.255.254"),
    "broadcast": ("255.255.255.255",),
    # https://www.iana.org/assignments/iana-ipv6-special-registry
    "IPv6 loopback and unspecified": ("::", "::1"),
    "IPv4-compatible": ("::2", "::127.0.0.1", "::169.254.169.254", "::10.0.0.5", "::8.8.8.8"),
    "IPv4-mapped": ("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:a9fe:a9fe"),
    "IPv4-translated": ("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"),
    "NAT64 of a special address": ("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::", "64:ff9b::240.0.0.1"),
    "NAT64 with a local prefix": ("64:ff9b:1::", "64:ff9b:1::a9fe:a9fe", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
    "discarded": ("100::", "100::ffff:ffff:ffff:ffff"),
    "dummy": ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
    "IPv6 protocol assignments": ("2001::", "2001:1::1", "2001:1::2", "2001:1::3", "2001:1ff:ffff::"),
    "Teredo": ("2001::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
    "IPv6 benchmarks": ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
    "IPv6 AMT": ("2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff"),
    "IPv6 AS112": ("2001:4:112::", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    "ORCHID, and DETs of drones": ("2001:10::", "2001:1f:ffff::", "2001:20::", "2001:2f:ffff::", "2001:30::"),
    "IPv6 documentation": ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff::"),
    "6to4": ("2002::", "2002:7f00:1::", "2002:a9fe:a9fe::", "2002:808:808::1"),
    "segments of routes": ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    "IPv6 link-local": ("fe80::", "fe80::1%eth0", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    "site-local": ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    "IPv6 multicast": ("ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
}
SERVED = {
    "private": ("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"),
    "shared": ("100.64.0.0", "100.127.255.255"),
    "unique-local": ("fc00::1", "fd12:3456:789a::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    "public": ("1.1.1.1", "8.8.8.8", "192.0.1.255", "198.20.0.0", "223.255.255.255", "2600::1", "2a00:1450:4001::1"),
    "an IPv6 form of those": ("::ffff:10.0.0.5", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b::10.0.0.5"),
}


@pytest.mark.parametrize("peers", SPECIAL.values(), ids=SPECIAL)
def test_a_name_must_not_lead_to_a_special_address(peers: tuple[str, ...]) -> None:
    assert [peer for peer in peers if address_allowed(peer, named="heat.example")] == []


@pytest.mark.parametrize("peers", SERVED.values(), ids=SERVED)
def test_a_name_may_lead_to_private_and_public_addresses(peers: tuple[str, ...]) -> None:
    assert [peer for peer in peers if not address_allowed(peer, named="heat.example")] == []


@given(peer=st.ip_addresses())
def test_what_python_takes_for_special_is_refused_but_for_private_use(
    peer: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    nets = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "64:ff9b::/96")
    carried = getattr(peer, "ipv4_mapped", None) or peer
    if any(carried in net for net in map(ipaddress.ip_network, nets) if net.version == carried.version):
        return
    if not carried.is_global or carried.is_multicast:
        assert not address_allowed(str(peer), named="heat.example")


def test_a_name_in_no_spelling_of_numbers_stands_for_an_address() -> None:
    for name in ("2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost.example"):
        assert not address_allowed("127.0.0.1", named=name)


def test_who_allows_an_address_means_it() -> None:
    assert address_allowed("127.0.0.1", named="127.0.0.1")
    assert address_allowed("::1", named="[::1]")
    assert address_allowed("127.0.0.1", named="localhost")
    assert not address_allowed("127.0.0.2", named="127.0.0.1")
    assert not address_allowed("169.254.169.254", named="localhost")


@given(peer=st.ip_addresses())
def test_every_address_has_an_answer(peer: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert address_allowed(str(peer), named=str(peer))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://HEAT.example/v1", "http://heat.example:80/v1"),
        ("https://heat.example./v1", "https://heat.example:443/v1"),
        ("http://[0:0:0:0:0:0:0:1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://[2A00::1]:8000/v1", "http://[2a00:0:0::1]:8000/v1"),
        ("http://heat_api_cfn:8000/v1", "http://heat_api_cfn:8000/v1"),
    ],
)
def test_two_spellings_of_one_place_are_one(one: str, other: str) -> None:
    assert allowed(f"{one}/x", other)
    assert allowed(f"{other}/x", one)


def test_a_wrong_base_names_its_option() -> None:
    with pytest.raises(ConfigurationError, match=r"\[gateway\] heat_urls: 'x'"):
        Base.parse("x", option="[gateway] heat_urls")


@pytest.mark.parametrize("path", ["/a/b", "/a%3Ab/...", "/a//b", "/a/..b/.c", "/%C3%A9", "/a%5Cb"])
def test_a_path_that_stays_climbs_not(path: str) -> None:
    assert not climbs(path)
    assert is_plain(f"http://h{path}")
