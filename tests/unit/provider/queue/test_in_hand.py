import pytest

from customresource_bridge.provider.queue.in_hand import InHand


def test_a_request_is_in_hand_until_it_ends_however_that_is() -> None:
    at = 5.0
    in_hand = InHand(monotonic=lambda: at)

    def since() -> list[float]:
        return sorted(held.since for held in in_hand.all())

    def breaks_off() -> None:
        with in_hand.one():
            assert since() == [5.0, 7.0]
            raise ZeroDivisionError

    with in_hand.one():
        at = 7.0
        with pytest.raises(ZeroDivisionError):
            breaks_off()
        assert since() == [5.0]
    assert since() == []
