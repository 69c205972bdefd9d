"""Renews the claims of the requests in flight, and notices when one is lost.

A claim begins short and is renewed at half its life; the older the request, the longer its claim, so that a request of
an hour costs a dozen renewals. Long claims do not slow recovery down: the plugin posts an unanswered request again,
and that copy is free at once.

A request whose claim is lost is dropped if it was not started, since another bridge may be handling it. A started one
is followed to its end and answered all the same, which is idempotent, but its message is no longer ours to delete.
"""

from oslo_log import log as oslo_log

from customresource_bridge import errors
from customresource_bridge.bridge.clock import Clock
from customresource_bridge.bridge.in_flight import InFlight, Table
from customresource_bridge.bridge.observability.events import ClaimLost, Observer
from customresource_bridge.bridge.scheduling.timers import Timers
from customresource_bridge.bridge.trouble_log import TroubleLog
from customresource_bridge.clients.zaqar.zaqar import Message, Zaqar

LOG = oslo_log.getLogger(__name__)

FIRST_TTL = 120
"""Seconds of a new claim: most requests are over before its first renewal."""
LONGEST_TTL = 3600
_TRUSTED_REFUSALS = 2


def ttl_at(age: float) -> int:
    """Return the ttl of a claim renewed at this age of its request, in seconds."""
    return int(min(max(FIRST_TTL, 2 * age), LONGEST_TTL))


class Claims:
    """Renews the claims of one project's requests, in a thread of its own.

    Its own, because the workers may all be waiting for a slow service while claims run out.

    :param of: whose claims they are, for the log.
    """

    def __init__(self, zaqar: Zaqar, table: Table, *, of: str, clock: Clock, observer: Observer) -> None:
        self._zaqar = zaqar
        self._table = table
        self._clock = clock
        self._observer = observer
        self._trouble = TroubleLog(LOG, "renew claims", of=of, clock=clock)
        self._timers = Timers("claims", clock=clock)
        self.start = self._timers.start
        self.stop = self._timers.stop

    def keep(self, entry: InFlight) -> None:
        """Renew the claim of a new entry from now on, for as long as it is in flight."""
        until = self._clock.monotonic() + FIRST_TTL
        self._renew_after(FIRST_TTL / 2, entry.key, entry.message, until)

    def _renew_after(self, seconds: float, key: str, message: Message, until: float, refusals: int = 0) -> None:
        # Key and message without its body, not the entry: the request may be over long before.
        self._timers.after(seconds, self._renew, key, message, until, refusals)

    def _renew(self, key: str, message: Message, until: float, refusals: int) -> None:
        entry = self._table.get(key)
        if entry is None or entry.message is not message or not entry.claimed:
            return
        if self._clock.monotonic() >= until:
            # A late renewal could take the message back from a bridge that has claimed it since.
            self._lost(entry, "it ran out")
            return
        ttl = ttl_at(self._clock.monotonic() - entry.since)
        try:
            self._zaqar.renew(message, ttl=ttl)
        except (errors.NotFound, errors.Rejected, errors.Forbidden) as error:
            self._lost(entry, error.problem)
        except errors.CustomResourceError as error:
            # Zaqar on redis says 503 for a claim that has run out, so two of these are an answer.
            if isinstance(error, errors.ServiceUnavailable) and error.status is not None:
                refusals += 1
            if refusals >= _TRUSTED_REFUSALS:
                self._lost(entry, str(error))
                return
            LOG.debug("%s: its claim was not renewed: %s", entry, error)
            self._trouble.failed(error)
            self._renew_after(5.0, key, message, until, refusals)
        else:
            self._trouble.works()
            self._renew_after(ttl / 2, key, message, self._clock.monotonic() + ttl)

    def _lost(self, entry: InFlight, why: str) -> None:
        entry.claimed = False
        self._observer(ClaimLost(entry, why))
        if not entry.started and entry.response is None:
            self._table.remove(entry)
