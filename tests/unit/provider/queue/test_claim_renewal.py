"""A request is held and its claim renewed for as long as its handler runs, and not longer."""

import threading

from customresource_bridge.errors import ServiceUnavailable
from customresource_bridge.provider.queue.claim_renewal import kept


class Calls:
    """Counts calls of one function; the counts in ``failing`` fail."""

    def __init__(self, *failing: int) -> None:
        self.count = 0
        self.failing = failing
        self.changed = threading.Condition()

    def __call__(self) -> None:
        with self.changed:
            self.count += 1
            self.changed.notify_all()
        if self.count in self.failing:
            raise ServiceUnavailable("Zaqar", "renew a claim", "away", status=503)

    def wait_for(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.count >= count, timeout=10)


def test_it_is_held_and_renewed_until_the_block_ends() -> None:
    hold, claim, before = Calls(), Calls(), set(threading.enumerate())
    with kept(hold, claim, every=0.001):
        assert hold.wait_for(3)
        assert claim.wait_for(3)
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before, "its threads have ended with the block"


def test_a_handler_that_is_quick_needs_no_renewal() -> None:
    hold, claim = Calls(), Calls()
    with kept(hold, claim, every=60):
        pass
    assert (hold.count, claim.count) == (0, 0)


def test_a_request_without_a_message_is_held() -> None:
    hold = Calls()
    with kept(hold, every=0.001):
        assert hold.wait_for(3)


def test_it_is_held_while_zaqar_takes_its_time() -> None:
    answered = threading.Event()
    hold = Calls()

    def claim() -> None:
        answered.wait(10)

    with kept(hold, claim, every=0.001):
        held = hold.wait_for(5)
        answered.set()
    assert held


def test_one_failure_is_forgiven_and_the_second_in_a_row_is_the_loss_of_the_claim() -> None:
    hold, forgiven = Calls(), Calls(1, 3)
    with kept(hold, forgiven, every=0.001):
        assert forgiven.wait_for(5)
    lost = Calls(1, 2)
    with kept(hold, lost, every=0.001):
        assert lost.wait_for(2)
    assert lost.count == 2


def test_a_request_whose_claim_is_lost_stays_held() -> None:
    hold, lost = Calls(), Calls(1, 2)
    with kept(hold, lost, every=0.001):
        assert lost.wait_for(2)
        assert hold.wait_for(hold.count + 5)
    assert lost.count == 2


def test_a_journal_that_is_away_for_a_moment_ends_nothing() -> None:
    hold, claim = Calls(1, 2, 3), Calls()
    with kept(hold, claim, every=0.001):
        assert claim.wait_for(5)
        assert hold.wait_for(5)
