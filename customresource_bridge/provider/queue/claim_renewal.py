"""Says again and again that a request is in hand, while its handler runs: in the journal, and to Zaqar.

A claim that is lost stays lost. The journal's entry is held for as long as the handler runs, whatever becomes of the
claim: a copy of the request that comes meanwhile does not run the handler a second time. So each has a thread of its
own: Zaqar may take longer for one answer than the journal holds an entry.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from customresource_bridge.errors import ServiceError

LOG = logging.getLogger(__name__)
_MOST_FAILURES = 2
"""Zaqar answers 503 for an expired claim too, so the second failure in a row counts as its loss."""

Renew = Callable[[], None]
"""Raises ServiceError where it does not work."""


@contextmanager
def kept(hold: Renew, claim: Renew | None = None, *, every: float) -> Iterator[None]:
    """Hold a request and renew its claim in the background until the block ends.

    :param hold: says in the journal that the request is held.
    :param claim: renews the message's claim; None where the request has no message.
    :param every: seconds between two calls.
    """
    ended = Event()
    keepers = [Thread(target=_keep_held, args=(hold, every, ended), daemon=True)]
    if claim is not None:
        keepers.append(Thread(target=_keep_claimed, args=(claim, every, ended), daemon=True))
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ended.set()
        for keeper in keepers:
            keeper.join()


def _keep_held(hold: Renew, every: float, ended: Event) -> None:
    while not ended.wait(every):
        _works(hold, "A request could not be held in the journal: %s")


def _keep_claimed(claim: Renew, every: float, ended: Event) -> None:
    failures = 0
    while failures < _MOST_FAILURES and not ended.wait(every):
        failures = 0 if _works(claim, "A claim could not be renewed: %s") else failures + 1
    if failures >= _MOST_FAILURES:
        LOG.warning("A claim is lost; a provider with another journal may run the same request")


def _works(renew: Renew, problem: str) -> bool:
    try:
        renew()
    except ServiceError as error:
        said = str(error)
    else:
        return True
    LOG.warning(problem, said)
    return False
