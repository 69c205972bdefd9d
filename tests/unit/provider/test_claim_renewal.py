"""A claim is renewed for as long as its handler runs, and not longer."""

import threading
from collections.abc import Callable

from customresource_bridge.clients.zaqar import Message
from customresource_bridge.errors import ServiceUnavailable
from customresource_bridge.protocol import Secret
from customresource_bridge.provider.claim_renewal import kept

MESSAGE = Message(queue="q", message_id=Secret("m"), claim_id=Secret("c"), body={}, age=0, ttl=300)


class Zaqar:
    def __init__(self, outcome: Callable[[int], None] = lambda _count: None) -> None:
        self.renewed: list[int] = []
        self.outcome = outcome
        self.changed = threading.Condition()

    def renew(self, message: Message, *, ttl: int) -> None:
        assert message is MESSAGE
        with self.changed:
            self.renewed.append(ttl)
            self.changed.notify_all()
        self.outcome(len(self.renewed))

    def wait_for(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.renewed) >= count, timeout=10)


def test_it_is_renewed_until_the_block_ends() -> None:
    zaqar = Zaqar()
    with kept(zaqar, MESSAGE, ttl=60, every=0.001):
        assert zaqar.wait_for(3)
    count = len(zaqar.renewed)
    assert set(zaqar.renewed) == {60}
    assert len(zaqar.renewed) == count, "the thread has ended with the block"


def test_a_handler_that_is_quick_needs_no_renewal() -> None:
    zaqar = Zaqar()
    with kept(zaqar, MESSAGE, ttl=60, every=60):
        pass
    assert zaqar.renewed == []


def failing(*counts: int) -> Callable[[int], None]:
    def outcome(count: int) -> None:
        if count in counts:
            raise ServiceUnavailable("Zaqar", "renew a claim", "away", status=503)

    return outcome


def test_one_failure_is_forgiven_and_the_second_in_a_row_is_the_loss_of_the_claim() -> None:
    forgiven = Zaqar(failing(1, 3))
    with kept(forgiven, MESSAGE, ttl=60, every=0.001):
        assert forgiven.wait_for(5)
    lost = Zaqar(failing(1, 2))
    with kept(lost, MESSAGE, ttl=60, every=0.001):
        assert lost.wait_for(2)
    assert lost.renewed == [60, 60]
