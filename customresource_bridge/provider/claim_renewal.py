"""Says again and again that a request is in hand, while its handler runs."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from customresource_bridge.errors import ServiceError

LOG = logging.getLogger(__name__)


@contextmanager
def kept(renew: Callable[[], None], *, every: float) -> Iterator[None]:
    """Call ``renew`` in the background until the block ends.

    :param renew: raises ServiceError where it does not work.
    :param every: seconds between two calls.
    """
    ended = Event()
    keeper = Thread(target=_renew, args=(renew, every, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _renew(renew: Callable[[], None], every: float, ended: Event) -> None:
    failures = 0
    # Zaqar answers 503 for an expired claim too, so the second failure in a row counts as its loss.
    while failures < 2 and not ended.wait(every):  # noqa: PLR2004 - said above
        try:
            renew()
            failures = 0
        except ServiceError as error:
            failures += 1
            LOG.warning("A claim could not be renewed: %s", error)
    if not ended.is_set():
        LOG.warning("A claim is lost; another consumer may run the same request")
