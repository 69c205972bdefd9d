"""Changed tokens: none opens, none crashes. In one process per core, because it is all arithmetic.

Fifty thousand of them; `make attack` tries a million.
"""

import os
import random
import string
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Identity, Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, Sealed, new_key
from customresource_bridge.protocol.errors import TokenError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UNRESERVED = string.ascii_letters + string.digits + "-_"
TOKENS = int(os.environ.get("CRB_CHANGED_TOKENS", "50000"))
SHARE = 2_500


def test_no_changed_token_opens() -> None:
    key = new_key().reveal()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        shares = range(TOKENS // SHARE)
        refused = sum(pool.map(refuse_share, [key] * len(shares), shares))
    assert refused == len(shares) * SHARE


def refuse_share(key: str, seed: int) -> int:
    """Return how many of this share's changed tokens were refused by TokenError; anything else raises."""
    source = random.Random(seed)  # noqa: S311 - reproducible on purpose
    ring, stranger = Keyring([Secret(key)]), Keyring([new_key()])
    tokens = [sealed(ring, number) for number in range(16)]
    changes = (substituted, truncated, swapped, inserted)
    refused = 0
    for number in range(SHARE):
        at = NOW
        if number % 50 == 0:  # genuine, too late
            changed, at = source.choice(tokens), NOW + timedelta(days=3)
        elif number % 50 == 1:  # genuine, of another cloud
            changed = sealed(stranger, number)
        else:
            changed = source.choice(changes)(source, tokens)
        try:
            ring.open(changed, now=at)
        except TokenError:
            refused += 1
    return refused


def sealed(ring: Keyring, number: int) -> str:
    identity = Identity(stack_id=f"stack-{number}", request_id=f"request-{number}", logical_resource_id="Dns")
    url = Secret(f"http://heat:8000/v1/waitcondition/{number:0300}")
    return ring.seal(Sealed.for_request(url, identity, deadline=NOW), now=NOW).reveal()


def substituted(source: random.Random, tokens: list[str]) -> str:
    token = source.choice(tokens)
    place = source.randrange(len(token))
    other = source.choice(UNRESERVED.replace(token[place], ""))
    return token[:place] + other + token[place + 1 :]


def truncated(source: random.Random, tokens: list[str]) -> str:
    token = source.choice(tokens)
    cut = source.randrange(len(token))
    return source.choice((token[:cut], token[cut + 1 :]))


def swapped(source: random.Random, tokens: list[str]) -> str:
    one, two = source.sample(tokens, 2)
    differ = [place for place, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
    cut = source.choice(differ[1:-1])  # what is before and what is after both differ
    return one[:cut] + two[cut:]


def inserted(source: random.Random, tokens: list[str]) -> str:
    token = source.choice(tokens)
    place = source.randrange(len(token) + 1)
    return token[:place] + source.choice(UNRESERVED + "=+/%. \n\x00") + token[place:]
