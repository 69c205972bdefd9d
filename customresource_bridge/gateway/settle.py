"""Hands a response to Heat and decides whether it is settled: committed, without a stack left to tell, or not yet.

The hard case is a stack that is gone. Its signing user went with it, and heat-api-cfn then
drops the connection (it does not catch Keystone's 404), exactly as it does when Keystone is in trouble. So a dropped
connection counts as "gone" only if it happens twice and, between the two, heat-api-cfn and Keystone with its database
both prove to be well. Where the operator gave no Keystone URL that cannot be proved, and the handler is told to try
again.
"""

import json
from dataclasses import dataclass
from enum import Enum
from html import unescape
from typing import Protocol

from oslo_log import log as oslo_log

from customresource_bridge.clients.heat.signal import Outcome, Signalled
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.answers.progress import Progress
from customresource_bridge.protocol.answers.reader import HandlerAnswer
from customresource_bridge.protocol.naming import named, shown

_BAD_REQUEST = 400

LOG = oslo_log.getLogger(__name__)


class SettleOutcome(Enum):
    """Where a response stands."""

    COMMITTED = "committed"
    GONE = "gone"
    """Nothing waits for it any more: the stack or the resource is no longer there."""
    REFUSED = "refused"
    """Heat's plugin takes no such response, and never will."""
    NOT_YET = "not yet"


class Signal(Protocol):
    """The way to Heat; :class:`customresource_bridge.clients.heat.signal.HeatSignal` is the real one."""

    def put(self, url: Secret, body: bytes) -> Signalled:
        """Hand a response to Heat."""

    def heat_lives(self, url: Secret) -> bool:
        """Return whether heat-api-cfn answers."""

    def keystone_lives(self, auth_url: str) -> bool:
        """Return whether Keystone answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Settles responses.

    :ivar auth_url: Keystone's URL; None where a stack that is gone need not be told from a Heat in trouble.
    """

    signal: Signal
    auth_url: str | None = None

    def settle(self, url: Secret, answer: HandlerAnswer | Progress) -> tuple[SettleOutcome, str]:
        """Hand ``answer`` to Heat's signed ``url``; return where it stands, and why where it was refused."""
        body = json.dumps(answer.to_dict(), ensure_ascii=False).encode()
        signalled = self.signal.put(url, body)
        if signalled.outcome is Outcome.DROPPED and self._all_well(url):
            signalled = self.signal.put(url, body)
            if signalled.outcome is Outcome.DROPPED:
                return SettleOutcome.GONE, ""
        settled = judge_signal(signalled)
        if settled is SettleOutcome.NOT_YET:
            LOG.warning(
                "%s: Heat did not take the response: %s, status %s",
                shown(answer.identity),
                signalled.outcome.value,
                signalled.status,
                extra=named(answer.identity),
            )
        return settled, _said(signalled.detail) if settled is SettleOutcome.REFUSED else ""

    def _all_well(self, url: Secret) -> bool:
        return self.auth_url is not None and self.signal.heat_lives(url) and self.signal.keystone_lives(self.auth_url)


def judge_signal(answer: Signalled) -> SettleOutcome:
    """Return what one answer of Heat means. Pure."""
    if answer.outcome is Outcome.ACCEPTED:
        return SettleOutcome.COMMITTED
    if answer.outcome is Outcome.ANSWERED and _says_gone(answer):
        return SettleOutcome.GONE
    # Any other 400 is the plugin's: this gateway's own check let pass what the plugin's does not (it is of another
    # release, or the ids that were filled in made the response too large). The same again would be refused again.
    return SettleOutcome.REFUSED if answer.status == _BAD_REQUEST else SettleOutcome.NOT_YET


def _says_gone(answer: Signalled) -> bool:
    # The token is genuine and the body is valid by now, so whatever Heat does not find was there when it was sealed.
    if answer.status in {404, 410}:
        return True
    not_found = ("could not be found", "InvalidClientTokenId")
    return answer.status in {400, 403} and any(text in answer.detail for text in not_found)


def _said(detail: str) -> str:
    """Return the plugin's own sentence out of heat-api-cfn's XML, which has a traceback after it."""
    message = detail.partition("<Message>")[2].partition("</Message>")[0].partition("\n")[0]
    return unescape(message.removeprefix("A bad or out-of-range value was supplied:")).strip() or "it gave no reason"
