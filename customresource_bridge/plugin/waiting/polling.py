"""How an engine thread waits: watching closely for the first seconds, then not at all.

Most handlers answer within seconds, and Heat's own pace of one look per second would be most of the time a resource
takes. The others may take an hour, and each would hold one of the engine's 64 threads: those are parked (``parking``).
"""

import time
from collections.abc import Callable


def watch(
    advance: Callable[[], bool],
    *,
    seconds: float,
    interval: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> bool:
    """Call ``advance`` until it says done or ``seconds`` have passed; return whether it is done.

    :param interval: seconds between two calls at first; later a twentieth of the time that has passed, so that an
        answer is seen soon for what it took.
    :param sleep: waits so many seconds, or less where it has reason to.
    """
    began = clock()
    while not advance():
        age = clock() - began
        if age >= seconds:
            return False
        sleep(max(interval, age / 20))
    return True
