"""A key in Consul's key-value store. Standard library alone; the page about the gallery has its properties.

Consul keeps a number beside each value: it says which resource made the key. Each write names the state that it saw, so
that of two writers one fails.
"""

import os
from urllib.parse import quote

from common import RefusedError, answer, call, mark, required

_NEW = 0
"""The index of a key that is not there."""


def handler(event, _context):
    """Answer a request for a key."""
    ours = int(mark(event)[:12], 16)

    def make(thing, properties):
        key, index = _key_of(thing), _index(_key_of(thing), ours)
        if index is None:
            raise RefusedError(f"There is a key {key} already, and it is not this resource's")
        value = str(properties.get("Value", "")).encode()
        if _call("PUT", key, value, flags=ours, cas=index) is not True:
            raise RefusedError(f"The key {key} was changed at the same time")
        return {"Data": {"Key": key}}

    def remove(thing):
        key = _key_of(thing)
        index = _index(key, ours) if key else None
        if index and _call("DELETE", key, cas=index) is not True:
            raise RefusedError(f"The key {key} was changed at the same time")

    return answer(event, name=_name, make=make, remove=remove)


def _name(properties):
    key = str(required(properties, "Key")).strip("/")
    if {"", ".", ".."} & set(key.split("/")):
        raise RefusedError("Key has no part that is empty, . or ..")
    return f"consul/{key}"


def _key_of(thing):
    """Return the key of an id, empty where it is none of ours."""
    return thing.partition("consul/")[2] if thing.startswith("consul/") else ""


def _index(key, ours):
    """Return the state of a key, and None where it is another's."""
    found = _call("GET", key)
    if not found:
        return _NEW
    return found[0]["ModifyIndex"] if found[0]["Flags"] == ours else None


def _call(method, key, body=None, **query):
    words = "&".join(f"{name}={value}" for name, value in query.items())
    url = f"{os.environ['CONSUL_URL'].rstrip('/')}/v1/kv/{quote(key)}?{words}"
    token = os.environ.get("CONSUL_TOKEN")
    return call(method, url, body, headers={"X-Consul-Token": token} if token else {}, but=(404,))
