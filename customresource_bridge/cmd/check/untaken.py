"""Does a bridge take this project's requests? What lies in its stacks' queues says so, whoever's bridge it is. Pure."""

from datetime import datetime

from customresource_bridge.cmd.check.result import CheckResult
from customresource_bridge.visibility.reading import Listing
from customresource_bridge.visibility.view import SeenStage

WHAT = "requests that no bridge takes"
_TOO_LONG = 60
"""Seconds, as heat.conf's untaken_notice_after has them where nothing else is set."""
_NOBODY = "start a bridge by customresource-bridge run, or ask the operator whose bridge serves this project"
_FULL = "a bridge is there, and is full or cannot claim: see its log and [bridge] max_running, or ask the operator"
_TAKEN = frozenset({SeenStage.CLAIMED, SeenStage.RUNNING})


def untaken(listing: Listing, now: datetime, *, listened: bool) -> CheckResult:
    """Return what is wrong where requests have lain in their queues for long.

    What was not to be seen is said where nothing else is: what was seen is no better for it.

    :param listing: those that are in flight, oldest first. Where one is taken, a bridge does listen, and may be
        full, which passes.
    :param listened: whether bridges of the project are seen.
    """
    waiting = [(view, view.age(now) or 0) for view in listing.views if view.stage is SeenStage.WAITING]
    late = [(view, age) for view, age in waiting if age >= _TOO_LONG]
    if not late and listing.notes:
        return CheckResult(WHAT, warning=f"not all is known: {'; '.join(listing.notes)}")
    if not late:
        return CheckResult(WHAT, note="none")
    oldest, age = late[0]
    listened = listened or any(view.stage in _TAKEN for view in listing.views)
    said = f"{len(late)}, the oldest for {age} s: {oldest.request_type} of {oldest.resource} in {oldest.stack_name}"
    return CheckResult(WHAT, warning=f"{said}; {_FULL}") if listened else CheckResult(WHAT, f"{said}; {_NOBODY}")
