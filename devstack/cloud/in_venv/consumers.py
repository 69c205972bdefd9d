"""Say whether RabbitMQ's queues have their consumers: exit 0 when all have, 1 when not yet.

It takes the broker's URL on standard input (it holds a password), and queue=count as arguments.
"""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import amqp


def missing(url: str, wanted: Sequence[str]) -> str | None:
    """Return the first queue without its consumers, None when all have them."""
    with _connection(url) as connection:
        for pair in wanted:
            queue, _, count = pair.partition("=")
            try:
                found = connection.channel().queue_declare(queue, passive=True)
            except amqp.exceptions.NotFound:
                return queue
            if found.consumer_count < int(count):
                return queue
    return None


def _connection(url: str) -> amqp.Connection:
    """Return a connection to the first of the brokers that takes one."""
    refused: OSError | None = None
    for place in urlsplit(url).netloc.split(","):
        broker = urlsplit(f"//{place}")
        made = amqp.Connection(
            f"{broker.hostname}:{broker.port}", userid=broker.username, password=broker.password, connect_timeout=5
        )
        try:
            made.connect()
        except OSError as error:
            refused = error
        else:
            return made
    raise refused or ValueError("no broker is named")


if __name__ == "__main__":
    sys.exit(1 if missing(sys.stdin.read().strip(), sys.argv[1:]) else 0)
