"""How a thread watches one operation: it looks for itself, and is told of an answer by the poller of its process."""

from collections.abc import Callable

from customresource_bridge.plugin.waiting.answer_poller import AnswerPoller, of_process
from customresource_bridge.plugin.waiting.polling import watch

DIRECT_INTERVAL = 0.15
"""Seconds between two questions to Mistral, which are dearer than a look into the database."""
OWN_INTERVAL = 1.0
"""Seconds between two looks of one's own for an answer or a passed deadline; the poller sees an answer sooner."""


def watch_operation(
    advance: Callable[[], bool],
    *,
    row_id: int,
    direct: bool,
    seconds: float,
    poller: Callable[[], AnswerPoller] = of_process,
) -> bool:
    """Call ``advance`` until it says done or ``seconds`` have passed; return whether it is done.

    :param direct: whether only Mistral knows what became of the request.
    :param poller: returns the poller of this process.
    """
    if direct:
        return watch(advance, seconds=seconds, interval=DIRECT_INTERVAL)
    with poller().watching(row_id) as wait:
        return watch(advance, seconds=seconds, interval=OWN_INTERVAL, sleep=wait)
