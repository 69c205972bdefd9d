"""A ResponseURL's token opens for whom it was made, in one spelling, in time, and for nobody else."""

import random
import string
import sys
from datetime import datetime, timedelta
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import LATE_ANSWERS, PATH, Keyring, Sealed, new_key, seal
from customresource_bridge.protocol.errors import TokenError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IDENTITY = Identity(
    stack_id="arn:openstack:heat::p1:stacks/web/7d1c0b7e-5f0e-4a52-9c42-3f6d0c6f5b11",
    request_id="c0ffee00-0000-4000-8000-000000000001",
    logical_resource_id="Dns",
)
URL = Secret("http://heat:8000/v1/waitcondition/arn%3Aopenstack?Signature=abc%3D&AWSAccessKeyId=def")
UNRESERVED = string.ascii_letters + string.digits + "-_"


@pytest.fixture(scope="module")
def ring() -> Keyring:
    return Keyring([new_key()])


def content(**changes: object) -> Sealed:
    made = Sealed.for_request(URL, IDENTITY, deadline=NOW + timedelta(hours=1))
    return Sealed(**{"url": made.url, "identity": made.identity, "expires_at": made.expires_at, **changes})


def token(ring: Keyring) -> str:
    return ring.seal(content(), now=NOW).reveal()


def test_a_token_opens_to_what_was_sealed(ring: Keyring) -> None:
    assert ring.open(token(ring), now=NOW) == content()


def test_a_token_may_have_no_url_in_it(ring: Keyring) -> None:
    sealed = ring.seal(content(url=None), now=NOW).reveal()
    assert ring.open(sealed, now=NOW) == content(url=None)


@given(url=st.text(min_size=1), stack=st.text(), request=st.text(), logical=st.text())
def test_whatever_is_sealed_opens_to_itself_in_unreserved_characters(
    url: str, stack: str, request: str, logical: str
) -> None:
    ring = Keyring([new_key()])
    identity = Identity(stack_id=stack, request_id=request, logical_resource_id=logical)
    sealed = ring.seal(content(url=Secret(url), identity=identity), now=NOW).reveal()
    assert set(sealed) <= set(UNRESERVED)
    assert ring.open(sealed, now=NOW) == content(url=Secret(url), identity=identity)


def test_the_url_is_base_path_and_token(ring: Keyring) -> None:
    url = seal(content(), keyring=ring, base="https://answer.example/", now=NOW).reveal()
    assert url.startswith(f"https://answer.example{PATH}")
    assert ring.open(url.removeprefix(f"https://answer.example{PATH}"), now=NOW).url == URL


def test_it_opens_for_a_day_after_the_deadline_and_not_a_second_longer(ring: Keyring) -> None:
    sealed = token(ring)
    last = NOW + timedelta(hours=1) + LATE_ANSWERS
    assert ring.open(sealed, now=last - timedelta(seconds=1)).identity == IDENTITY
    with pytest.raises(TokenError, match="has expired"):
        ring.open(sealed, now=last)


def test_a_clock_that_runs_behind_still_opens(ring: Keyring) -> None:
    assert ring.open(token(ring), now=NOW - timedelta(minutes=5)).identity == IDENTITY


def test_every_key_opens_and_the_first_one_seals() -> None:
    old, new = new_key(), new_key()
    before, during, after = Keyring([old]), Keyring([new, old]), Keyring([new])
    assert during.open(token(before), now=NOW).identity == IDENTITY
    assert after.open(token(during), now=NOW).identity == IDENTITY
    with pytest.raises(TokenError):
        after.open(token(before), now=NOW)


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "ü" * 44, "=" * 44])
def test_a_malformed_key_is_named_by_its_place_and_not_shown(key: str) -> None:
    with pytest.raises(TokenError, match="key 2, is no key") as caught:
        Keyring([new_key(), Secret(key)])
    assert not key or key not in str(caught.value)


def test_no_key_at_all_says_how_to_make_one() -> None:
    with pytest.raises(TokenError, match="--new-key"):
        Keyring([])


def test_every_single_character_matters(ring: Keyring) -> None:
    sealed = token(ring)
    for place, old in enumerate(sealed):
        other = UNRESERVED[(UNRESERVED.index(old) + 1) % len(UNRESERVED)]
        assert_refused(ring, sealed[:place] + other + sealed[place + 1 :])


def test_the_unused_bits_of_the_last_character_matter(ring: Keyring) -> None:
    for stack in ("", "a", "ab", "abc"):  # each possible length of the base64 tail
        identity = Identity(stack_id=stack * 16, request_id="r", logical_resource_id="l")
        sealed = ring.seal(content(identity=identity), now=NOW).reveal()
        for last in UNRESERVED:
            if last != sealed[-1]:
                assert_refused(ring, sealed[:-1] + last)


def test_every_cut_is_refused(ring: Keyring) -> None:
    sealed = token(ring)
    for length in range(len(sealed)):
        assert_refused(ring, sealed[:length])
        assert_refused(ring, sealed[length + 1 :])


def test_what_a_lax_decoder_would_skip_is_refused(ring: Keyring) -> None:
    sealed = token(ring)
    for extra in ("=", "\n", " ", ".", "!", "+", "/", "%2D", "\x00", "ä", "٣"):
        for changed in (sealed + extra, extra + sealed, sealed[:50] + extra + sealed[50:]):
            assert_refused(ring, changed)


def test_two_tokens_spliced_are_refused(ring: Keyring) -> None:
    one, two = token(ring), ring.seal(content(url=Secret("http://other/" + "x" * 64)), now=NOW).reveal()
    first_difference = next(place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b)
    for cut in range(first_difference + 1, min(len(one), len(two))):
        assert_refused(ring, one[:cut] + two[cut:])


@given(st.text(max_size=200))
def test_any_text_is_refused_without_a_crash(text: str) -> None:
    assert_refused(Keyring([new_key()]), text)


def test_random_changes_are_refused(ring: Keyring) -> None:
    # Many more run in tests/functional/attack/test_changed_tokens.py.
    source = random.Random(4)  # noqa: S311 - reproducible on purpose
    sealed = token(ring)
    for _ in range(5_000):
        places = source.sample(range(len(sealed)), source.randint(1, 3))
        changed = list(sealed)
        for place in places:
            changed[place] = source.choice(UNRESERVED)
        if "".join(changed) != sealed:
            assert_refused(ring, "".join(changed))


def test_an_endless_token_costs_nothing(ring: Keyring) -> None:
    assert_refused(ring, "gAAAAA" + "A" * 10_000_000)


def test_nothing_sealed_shows_in_a_repr_or_an_error(ring: Keyring) -> None:
    assert "Signature" not in repr(content())
    with pytest.raises(TokenError) as caught:
        ring.open(token(ring)[:-1], now=NOW)
    assert token(ring)[10:40] not in str(caught.value)


def test_the_protocol_itself_does_not_need_cryptography() -> None:
    program = "import sys, customresource_bridge.protocol; sys.exit('cryptography' in sys.modules)"
    assert run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603


def assert_refused(ring: Keyring, text: str) -> None:
    with pytest.raises(TokenError):
        ring.open(text, now=NOW)
