"""Renews the claim on a message while its handler runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

from customresource_bridge.clients.zaqar import Message
from customresource_bridge.errors import ServiceError

LOG = logging.getLogger(__name__)


class Renews(Protocol):
    """The part of :class:`customresource_bridge.clients.zaqar.Zaqar` that is needed here."""

    def renew(self, message: Message, *, ttl: int) -> None:
        """Keep a claim for ``ttl`` more seconds."""


@contextmanager
def kept(zaqar: Renews, message: Message, *, ttl: int, every: float) -> Iterator[None]:
    """Renew the claim in the background until the block ends.

    :param ttl: seconds that each renewal is good for.
    :param every: seconds between two.
    """
    ended = Event()
    keeper = Thread(target=_renew, args=(zaqar, message, ttl, every, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _renew(zaqar: Renews, message: Message, ttl: int, every: float, ended: Event) -> None:
    failures = 0
    # Zaqar answers 503 for an expired claim too, so the second failure in a row counts as its loss.
    while failures < 2 and not ended.wait(every):  # noqa: PLR2004 - said above
        try:
            zaqar.renew(message, ttl=ttl)
            failures = 0
        except ServiceError as error:
            failures += 1
            LOG.warning("A claim on queue %s could not be renewed: %s", message.queue, error)
    if not ended.is_set():
        LOG.warning("A claim on queue %s is lost; another consumer may run the same request", message.queue)
