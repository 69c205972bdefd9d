"""Probes are sent from when the process listens, and one that cannot be sent ends nothing."""

from bridge_parts import Time

from customresource_bridge.bridge.operator.bus_hearing import BusHearing
from customresource_bridge.bridge.operator.bus_probes import BusProbes


class Bus:
    """Takes probes, or breaks."""

    def __init__(self) -> None:
        self.listening = False
        self.broken = False
        self.sent = 0
        self.time = Time()
        self.hearing = BusHearing(clock=self.time.clock)
        self.probes = BusProbes(self.hearing, listening=lambda: self.listening, send=self.send)

    def send(self) -> None:
        self.sent += 1
        if self.broken:
            raise ConnectionError("away")


def test_none_is_sent_before_the_process_listens_and_that_is_no_silence() -> None:
    bus = Bus()
    assert (bus.probes.step(), bus.sent) == (1.0, 0)
    bus.time.seconds = 1000.0
    bus.listening = True
    assert (bus.probes.step(), bus.sent) == (10.0, 1)
    assert bus.hearing.problem() is None


def test_silence_begins_with_listening_and_grows_with_probes_that_are_not_heard() -> None:
    bus = Bus()
    bus.listening = True
    bus.probes.step()
    bus.time.seconds = 40.0
    assert bus.probes.step() == 3.0
    bus.time.seconds = 90.0
    assert bus.probes.step() == 60.0
    assert bus.hearing.problem() is not None


def test_one_that_cannot_be_sent_ends_nothing() -> None:
    bus = Bus()
    bus.listening = bus.broken = True
    assert (bus.probes.step(), bus.sent) == (10.0, 1)
    bus.broken = False
    assert (bus.probes.step(), bus.sent) == (10.0, 2)
