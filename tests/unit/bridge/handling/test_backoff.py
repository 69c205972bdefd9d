from bridge_parts import entry

from customresource_bridge.bridge.handling.backoff import backoff


def test_backoff_grows_and_has_an_end() -> None:
    one = entry()
    waits = [backoff(one) for _ in range(50)]
    assert min(waits) >= 0.1
    assert max(waits) <= 30
    assert one.attempts == 50


def test_what_was_not_answered_in_time_is_not_repeated_at_once() -> None:
    one = entry()
    waits = [backoff(one, slow=True) for _ in range(8)]
    assert waits[0] >= 15
    assert waits[1] >= 30
    assert waits[2] >= 60
    assert max(waits) <= 450
