"""Heat's transactions: one for what only reads, and one for what writes, which is tried again where that helps."""

import time
from collections.abc import Callable
from typing import TypeVar

from heat.db import api as db_api
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

reads = db_api.context_manager.reader

# Every write names its rows by their primary keys: by anything else InnoDB locks the gaps beside them too, and two
# resources written at the same moment are a deadlock. What is left of those is tried again.
retried = oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True, retry_interval=0.05, inc_retry_interval=True)
writes = db_api.context_manager.writer


Found = TypeVar("Found")
_PAUSES = (0.5, 1, 2, 4, 8, 15, 30)
"""Seconds between two attempts of what nothing else would come back to."""


def outlasting(call: Callable[[], Found], *, sleep: Callable[[float], None] = time.sleep) -> Found:
    """Return what ``call`` returns; while Heat's database is away, try it again for a minute.

    :raises DBError: it was away for longer.
    """
    for pause in _PAUSES:
        try:
            return call()
        except db_exception.DBError as error:
            wrong = type(error).__name__
        # Not while the error is handled: oslo.log would add its text, which quotes what was to be stored.
        LOG.warning("Heat's database did not do what was asked, which is tried again: %s", wrong)
        sleep(pause)
    return call()


class OvertakenError(Exception):
    """Another process changed a row between our look at it and our change of it."""


def overtaken() -> db_exception.RetryRequest:
    """Return what undoes the whole transaction, and has it tried again from its first look on."""
    return db_exception.RetryRequest(OvertakenError())
