"""A thread beside the work, for whose end a stop waits only so long: what it is at may be a call to a slow service.

It knows nothing of what it runs, and cannot interrupt it.
"""

import math
import threading
import time
from collections.abc import Callable


class BackgroundThread:
    """One thread, which ends with its process at the latest.

    :param run: returns soon after it was told to, by whatever means it has for that.
    """

    def __init__(self, run: Callable[[], object], *, name: str) -> None:
        self._thread = threading.Thread(target=run, name=name, daemon=True)
        self.name = name

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, until: float = math.inf) -> bool:
        """Wait for its end; one that never began has ended.

        :param until: on the system's monotonic clock: no longer than that.
        :returns: whether it has ended.
        """
        if self._thread.ident is not None:
            self._thread.join(None if until == math.inf else max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()
