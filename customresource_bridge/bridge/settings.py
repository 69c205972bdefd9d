"""How much a bridge does at once, and how often it looks: plain values, made from the configuration by the command."""

from dataclasses import dataclass

from customresource_bridge.protocol import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A bridge's limits and intervals. Times are seconds.

    :ivar workers: threads that handle requests.
    :ivar max_in_flight: requests claimed and not yet answered, at most.
    :ivar max_running: requests that may have an execution at once; None means as many as are in flight.
    :ivar fair_share: new requests of one queue at most, before the other queues had theirs.
    :ivar busy_interval: between two looks at the bell right after there was work.
    :ivar idle_interval: between two looks at the bell at most.
    :ivar sweep_interval: between two looks at all queues, for what a lost bell missed.
    :ivar watch_interval: between two looks at the executions, at least.
    :ivar stop_patience: what is being done may take at a clean end.
    :ivar give_back_patience: giving back what is not done may take after that.
    :ivar keys: what messages are signed with; none means that signatures are not asked for.
    """

    workers: int = 8
    max_in_flight: int = 1000
    max_running: int | None = None
    fair_share: int = 20
    busy_interval: float = 0.05
    idle_interval: float = 0.5
    sweep_interval: float = 120.0
    watch_interval: float = 0.05
    stop_patience: float = 20.0
    give_back_patience: float = 10.0
    keys: tuple[Secret, ...] = ()

    def has_room(self, held: int, *, in_flight: int) -> bool:
        """Return whether a queue may have one more request in flight.

        The last tenth of the places is for queues that hold little: there, none may hold more than half of what is
        left. So a queue that is new here finds a place however long the requests of the others run.

        :param held: how many the queue has in flight.
        :param in_flight: how many all have.
        """
        free = self.max_in_flight - in_flight
        return free > self.max_in_flight // 10 or 2 * held < free
