"""Say whether RabbitMQ's queues have their consumers: exit 0 when all have, 1 when not yet.

It takes the broker's URL on standard input (it holds a password), and queue=count as arguments.
"""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import amqp


def missing(url: str, wanted: Sequence[str]) -> str | None:
    """Return the first queue without its consumers, None when all have them."""
    broker = urlsplit(url)
    host = f"{broker.hostname}:{broker.port}"
    with amqp.Connection(host, userid=broker.username, password=broker.password) as connection:
        for pair in wanted:
            queue, _, count = pair.partition("=")
            try:
                found = connection.channel().queue_declare(queue, passive=True)
            except amqp.exceptions.NotFound:
                return queue
            if found.consumer_count < int(count):
                return queue
    return None


if __name__ == "__main__":
    sys.exit(1 if missing(sys.stdin.read().strip(), sys.argv[1:]) else 0)
