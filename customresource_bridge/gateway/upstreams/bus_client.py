"""Calls an engine over Heat's bus, by oslo.messaging. It judges nothing, and no call keeps a handler waiting for ever.

oslo.messaging connects at the first call, and while the broker is away that lasts until it is back, whatever time-out
is named. So each call has a daemon thread of its own, and the caller waits for that only so long. What such a thread
still sends later does no harm: an answer is kept once.
"""

import threading
from collections.abc import Callable
from typing import Any

import oslo_messaging

from customresource_bridge.gateway.upstreams.heat_bus import BusAwayError, BusTroubleError
from customresource_bridge.protocol.crypto import bus_answer

SILENCE = 5
"""Seconds. An engine that works on an answer says so every second or two; one that is silent for longer has died, or
none listens."""


class _Call:
    """One call, in a thread of its own."""

    def __init__(self, function: Callable[[], Any], ended: Callable[["_Call"], None]) -> None:
        self.is_overdue = False
        self.returned: Any = None
        self.wrong = ""
        self.done = threading.Event()
        self._function = function
        self._ended = ended
        threading.Thread(target=self._run, name="heat-bus-call", daemon=True).start()

    def _run(self) -> None:
        try:
            self.returned = self._function()
        except Exception as error:  # whatever the library under oslo.messaging raises; its text may quote the URL
            self.wrong = type(error).__name__
        self._ended(self)
        self.done.set()


class BoundedCalls:
    """Calls in threads of their own, so many at once, and waits for each only so long.

    While one is overdue the bus is away, and no other is waited for as long: each of them would keep a thread of the
    server's busy.

    :param most: how many may be under way, those that are overdue included.
    :param patience: seconds.
    :param while_away: seconds, while one is overdue.
    """

    def __init__(self, *, most: int, patience: float, while_away: float = 1.0) -> None:
        self._most = most
        self._patience = patience
        self._while_away = while_away
        self._changing = threading.Lock()
        self._under_way: set[_Call] = set()

    def call(self, function: Callable[[], Any]) -> Any:
        """Return what ``function`` returns.

        :raises BusAwayError: it was not done in time, or too many are under way.
        :raises BusTroubleError: it raised something.
        """
        with self._changing:
            if len(self._under_way) >= self._most:
                raise BusAwayError("too many calls wait for it")
            is_away = any(call.is_overdue for call in self._under_way)
            call = _Call(function, self._ended)
            self._under_way.add(call)
        patience = min(self._patience, self._while_away) if is_away else self._patience
        if not call.done.wait(patience):
            call.is_overdue = True
            raise BusAwayError(f"no reply within {patience:.0f} s")
        if call.wrong:
            raise BusTroubleError(call.wrong)
        return call.returned

    def _ended(self, call: _Call) -> None:
        with self._changing:
            self._under_way.discard(call)


class BusClient:
    """The engines, as one that takes answers.

    :param conf: oslo.config's, with oslo.messaging's own options.
    :param url: Heat's ``transport_url``.
    :param most: how many calls may be under way.
    :param silence: seconds without a sign of life, after which an engine counts as dead.
    """

    def __init__(self, conf: Any, *, url: str, most: int, silence: int = SILENCE) -> None:
        self._transport = oslo_messaging.get_rpc_transport(conf, url=url)
        target = oslo_messaging.Target(
            exchange=bus_answer.EXCHANGE, topic=bus_answer.TOPIC, version=bus_answer.RPC_VERSION
        )
        # The longer time-out is for an engine that is alive and slow.
        self._client = oslo_messaging.get_rpc_client(
            self._transport, target, timeout=3 * silence, call_monitor_timeout=silence, retry=1
        )
        self._calls = BoundedCalls(most=most, patience=3 * silence + 1)

    def take_answer(self, message: str) -> object:
        """Return the reply of the engine that took ``message``.

        :raises BusTroubleError: none came: whether the answer was kept is not known.
        """
        return self._calls.call(lambda: self._client.call({}, bus_answer.METHOD, sealed=message))

    def close(self) -> None:
        """Leave the bus."""
        self._transport.cleanup()
