"""A random password that is kept nowhere: it follows from a key that the provider alone has, and from the thing's id.

A Create that comes again, an Update that changes nothing and a rollback so give the same password, and there is nothing
to delete. Standard library alone. The page about the gallery has its properties.
"""

import hashlib
import hmac
import os
import string

from common import RefusedError, answer, mark

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
_ALPHABET = "".join(_CLASSES)
_SHORTEST_KEY = 32
_LENGTHS = range(12, 257)


def handler(event, _context):
    """Answer a request for a password."""

    def name(properties):
        return f"password/{mark(event, properties.get('Generation', ''), length(properties))}"

    def make(thing, properties):
        return {"Data": {"Password": password(thing, length(properties))}, "NoEcho": True}

    return answer(event, name=name, make=make, remove=lambda _thing: None)


def length(properties):
    """Return how many characters are wanted; the types that are named like CloudFormation's send it as a text."""
    try:
        found = int(properties.get("Length", 32))
    except (TypeError, ValueError):
        found = 0
    if found not in _LENGTHS:
        raise RefusedError(f"Length is a number from {_LENGTHS[0]} to {_LENGTHS[-1]}")
    return found


def password(thing, characters):
    """Return a thing's password, in which lower case, upper case and digits are."""
    key = os.environ.get("PASSWORD_KEY", "").encode()
    if len(key) < _SHORTEST_KEY:
        raise RefusedError(f"The provider has no PASSWORD_KEY of {_SHORTEST_KEY} characters or more")
    for attempt in range(1000):
        found = _characters(key, f"{thing}\n{attempt}", characters)
        if all(set(found) & set(one) for one in _CLASSES):
            return found
    raise RefusedError("No password was found")


def _characters(key, salt, characters):
    found, block = "", 0
    while len(found) < characters:
        # Bytes beyond the largest multiple of the alphabet's size are left out: each character is as likely.
        digest = hmac.new(key, f"{salt}\n{block}".encode(), hashlib.sha256).digest()
        found += "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest if byte < 4 * len(_ALPHABET))
        block += 1
    return found[:characters]
