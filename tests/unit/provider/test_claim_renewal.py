"""A claim is renewed for as long as its handler runs, and not longer."""

import threading
from collections.abc import Callable

from customresource_bridge.errors import ServiceUnavailable
from customresource_bridge.provider.claim_renewal import kept


class Claim:
    def __init__(self, outcome: Callable[[int], None] = lambda _count: None) -> None:
        self.renewed = 0
        self.outcome = outcome
        self.changed = threading.Condition()

    def renew(self) -> None:
        with self.changed:
            self.renewed += 1
            self.changed.notify_all()
        self.outcome(self.renewed)

    def wait_for(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.renewed >= count, timeout=10)


def test_it_is_renewed_until_the_block_ends() -> None:
    claim = Claim()
    with kept(claim.renew, every=0.001):
        assert claim.wait_for(3)
    count = claim.renewed
    assert claim.renewed == count, "the thread has ended with the block"


def test_a_handler_that_is_quick_needs_no_renewal() -> None:
    claim = Claim()
    with kept(claim.renew, every=60):
        pass
    assert claim.renewed == 0


def failing(*counts: int) -> Callable[[int], None]:
    def outcome(count: int) -> None:
        if count in counts:
            raise ServiceUnavailable("Zaqar", "renew a claim", "away", status=503)

    return outcome


def test_one_failure_is_forgiven_and_the_second_in_a_row_is_the_loss_of_the_claim() -> None:
    forgiven = Claim(failing(1, 3))
    with kept(forgiven.renew, every=0.001):
        assert forgiven.wait_for(5)
    lost = Claim(failing(1, 2))
    with kept(lost.renew, every=0.001):
        assert lost.wait_for(2)
    assert lost.renewed == 2
