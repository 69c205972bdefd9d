from bridge_parts import entry

from customresource_bridge.bridge.handling.backoff import backoff


def test_backoff_grows_and_has_an_end() -> None:
    one = entry()
    waits = [backoff(one) for _ in range(50)]
    assert min(waits) >= 0.1
    assert max(waits) <= 30
    assert one.attempts == 50
