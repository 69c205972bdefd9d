"""Copies the message of one real request into the queues of many stacks, in Zaqar's Redis as Zaqar keeps it.

Run with Zaqar's Python, ``python in_zaqar.py REDIS_URL``: its stdin is JSON with the project, stack and name of the
``real`` one and of the ``many``, and their owners. A body is msgpack, in which a text is replaced by one of the same
length.
"""

import json
import sys
import time
from collections.abc import Mapping
from itertools import islice
from typing import Any
from uuid import uuid4

PORTION = 500
DAY = 86400
AGE = 7200


def main() -> None:
    import redis  # noqa: PLC0415 - of Zaqar's Python; what is pure here needs none

    given = json.load(sys.stdin)
    server = redis.Redis.from_url(sys.argv[1])
    real, many = given["real"], iter(given["many"])
    (message_id,) = server.zrange(_key(real, "messages"), 0, -1)
    message = server.hgetall(message_id)
    while portion := list(islice(many, PORTION)):
        with server.pipeline(transaction=False) as pipe:
            for stack in portion:
                _post(pipe, stack, copied(message, real, stack, now=int(time.time())))
            pipe.execute()


def copied(message: Mapping[bytes, bytes], real: list[str], stack: list[str], *, now: int) -> dict[bytes, Any]:
    """Return a message as it is for another stack: nobody's, and two hours old."""
    body = message[b"b"]
    for old, new in zip(real, stack, strict=True):
        assert len(old) == len(new), f"{old} and {new} are not of one length"
        body = body.replace(old.encode(), new.encode())
    fresh = {b"id": str(uuid4()), b"b": body, b"cr": now - AGE, b"t": DAY, b"e": now + DAY}
    return {**message, **fresh, b"c": "", b"c.e": now, b"c.c": 0, b"d": now}


def _post(pipe: Any, stack: list[str], message: dict[bytes, Any]) -> None:
    messages = _key(stack, "messages")
    pipe.hset(message[b"id"], mapping=message)
    pipe.expire(message[b"id"], DAY)
    pipe.zadd(messages, {message[b"id"]: 1})
    pipe.set(_key(stack, "rank_counter"), 2)
    pipe.zadd("msgset_index", {messages: 1})


def _key(stack: list[str], what: str) -> str:
    project, stack_id, *_ = stack
    return f"{project}.heat-cr-{stack_id}.{what}"


if __name__ == "__main__":
    main()
