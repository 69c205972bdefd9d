"""Says whose doing it was that a stack's owner had to ask again. What is not excused here counts as lost by us.

Pure. Each excuse wants its evidence: the fault that explains it, and what Mistral has of the request.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from faults.traffic import Nudge

from customresource_bridge.protocol.answers.reason import readable_reason

_MISTRALS = frozenset({"mistral-server", "mistral-api", "rabbitmq", "mariadb", "keystone"})
_HEATS = frozenset({"heat-engine", "rabbitmq", "mariadb", "keystone"})
"""Of which kind a service is whose death may have been Mistral's trouble, and Heat's."""
_UNANSWERED = re.compile(r"(?:did not respond|No answer to the \w+ request) .*\(RequestId: ([\w-]+)\)")
_HEATS_OWN = re.compile(
    r"Engine went down|Messaging(?:Timeout|Error)|Timed out waiting for a reply|DB\w*Error|pymysql|OperationalError|"
    r"Lost connection|Unable to establish connection|Keystone",
    re.IGNORECASE,
)
_WITH_ITS_STACK = "The stack's update ended before this was answered"
"""Of a resource that failed because another one did: that one has to be excused."""
_AWAY = 45.0
"""Seconds that a service was away after which a deadline may pass, since Heat and bridge wait between their tries."""
_RECONNECTS = 10.0
"""Seconds after a service came back in which Mistral may lose what it sends: its connections come back one by one."""
_LAST_BREATH = 5.0
"""Seconds before its end in which an engine took an answer, and may not have written down that the resource is done."""
_TAKEN_OVER = 30.0
"""Seconds after which the others have what one of several did: until then its clients may lose what they send."""
_TOLD_LATE = 120.0
"""Seconds after a trouble until which Heat may tell of it: a call between its parts waits for 60."""


@dataclass(frozen=True)
class Happened:
    """A fault, from its beginning until what it broke ran again (time.time()).

    :ivar kinds: of which kind the services are that it took from those who used them; its name says so otherwise.
    :ivar gone: since when they were away, where others of the kind went on; None where there was no other.
    """

    name: str
    began: float
    ended: float
    kinds: frozenset[str] | None = None
    gone: float | None = None

    @property
    def broke(self) -> frozenset[str]:
        """Of which kind the services are that it took away."""
        return frozenset({self.name.rpartition(" ")[0]}) if self.kinds is None else self.kinds

    @property
    def until(self) -> float:
        """When nobody had trouble by it any more: what is away is no trouble once others have its place."""
        return self.ended if self.gone is None else min(self.ended, self.gone + _TAKEN_OVER)


@dataclass(frozen=True)
class Ran:
    """An execution as Mistral has it at the end.

    :ivar began: when it was made, and ``ended`` when it was changed last (time.time()).
    """

    id: str
    state: str
    request: dict[str, Any] = field(repr=False)
    began: float = 0.0
    ended: float = 0.0
    said: str | None = None


class UnexcusedError(Exception):
    """Nothing explains it but our own mistake. The text says what was found."""


def excuse(nudge: Nudge, ran: list[Ran], happened: list[Happened]) -> str:
    """Return why an operation came to nothing.

    :param ran: the executions of its stack.
    :raises UnexcusedError: nobody else is to blame.
    """
    near = [one for one in happened if one.began <= nudge.at and one.until >= nudge.began]
    if not nudge.status.endswith("_FAILED"):
        return _forgotten(nudge, ran, near)
    failed = [one for one in nudge.resources if one[1].endswith("_FAILED") and _WITH_ITS_STACK not in one[2]]
    if not failed:
        return _heats_own(nudge.reason, nudge.at, near)
    return "; ".join(dict.fromkeys(_failed(name, reason, nudge.at, ran, near) for name, _, reason in failed))


def excuse_clean_up(one: Ran, happened: list[Happened]) -> str:
    """Return why a Delete came to nothing that its owner did not have to ask for again: an update's clean-up's.

    Heat asks for it anew with the stack's own Delete.

    :raises UnexcusedError: nobody else is to blame.
    """
    return _mistrals(one, happened, f"Mistral did not go on with a clean-up's Delete ({one.state})")


def _failed(name: str, reason: str, at: float, ran: list[Ran], near: list[Happened]) -> str:
    unanswered = _UNANSWERED.search(reason)
    if unanswered:
        key = unanswered[1]
        found = [one for one in ran if one.request["RequestId"] == key]
        return _unanswered(key, found[0] if found else None, near)
    for one in ran:
        said = readable_reason(one.said)
        if one.request["LogicalResourceId"] == name and one.state == "ERROR" and said and said[:60] in reason:
            return _mistrals(one, near, "an action of Mistral's failed")
    return _heats_own(reason, at, near)


def _unanswered(key: str, one: Ran | None, near: list[Happened]) -> str:
    if one is not None and one.state != "SUCCESS":
        return _mistrals(one, near, f"Mistral did not go on with an execution ({one.state})")
    away = [
        fault
        for fault in near
        if fault.gone is None and fault.ended - fault.began >= _AWAY and not fault.name.startswith("bridge")
    ]
    if away:
        return f"{away[0].name}, it was away for {away[0].ended - away[0].began:.0f} s"
    raise UnexcusedError(f"request {key} was {'answered by nobody' if one else 'never begun'}: {one}")


def _mistrals(one: Ran, near: list[Happened], what: str) -> str:
    faults = [
        fault.name
        for fault in near
        if fault.broke & _MISTRALS and fault.began <= one.ended and fault.until >= one.began - _RECONNECTS
    ]
    if faults:
        return f"{what}: {faults[0]}"
    raise UnexcusedError(f"{what}, though nothing of Mistral's was broken: {one}")


def _heats_own(reason: str, at: float, near: list[Happened]) -> str:
    """Excuse what Heat says itself, soon after the trouble; what the plugin says names its request."""
    faults = [fault.name for fault in near if fault.broke & _HEATS and fault.until >= at - _TOLD_LATE]
    if faults and _HEATS_OWN.search(reason) and "(RequestId:" not in reason:
        return f"Heat itself failed: {faults[0]}"
    raise UnexcusedError(f"it failed: {reason}")


def _forgotten(nudge: Nudge, ran: list[Ran], near: list[Happened]) -> str:
    """Excuse what Heat forgot before it had a request written down: a written one would have met its deadline."""
    faults = [fault for fault in near if fault.broke & _HEATS]
    if not faults:
        raise UnexcusedError(f"{nudge.status} for ever, though nothing of Heat's was broken")
    for name, status, _ in nudge.resources:
        asked = [one for one in ran if one.request["LogicalResourceId"] == name and one.began >= nudge.began - 1]
        if status.endswith("IN_PROGRESS") and asked and not any(_in_last_breath(one, faults) for one in asked):
            lost = [one for one in asked if one.state == "CANCELLED" and one.began <= nudge.at]
            if lost:  # its deadline passed, and what followed waited for its tasks, for half of its own time
                return _mistrals(lost[0], near, "Mistral did not go on with an execution, and the next waited for it")
            raise UnexcusedError(f"{name} is {status} for ever, though its request was handled: {asked}")
    return f"Heat forgot it: {faults[0].name}"


def _in_last_breath(one: Ran, faults: list[Happened]) -> bool:
    return any(fault.began - _LAST_BREATH <= one.ended <= (fault.gone or fault.began) + 1 for fault in faults)
