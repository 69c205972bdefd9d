"""Heat's transactions: one for what only reads, and one for what writes, which is tried again where that helps."""

from heat.db import api as db_api
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception

reads = db_api.context_manager.reader

# Every write names its rows by their primary keys: by anything else InnoDB locks the gaps beside them too, and two
# resources written at the same moment are a deadlock. What is left of those is tried again.
retried = oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True, retry_interval=0.05, inc_retry_interval=True)
writes = db_api.context_manager.writer


class OvertakenError(Exception):
    """Another process changed a row between our look at it and our change of it."""


def overtaken() -> db_exception.RetryRequest:
    """Return what undoes the whole transaction, and has it tried again from its first look on."""
    return db_exception.RetryRequest(OvertakenError())
