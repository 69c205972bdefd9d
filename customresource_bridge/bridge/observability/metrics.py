"""The figures of one process for Prometheus: an observer that counts, and a collector of what is in flight.

They are in a registry of their own. Each process has its own figures and its own port: prometheus_client's
multiprocess mode shares counters through files, but knows no figure that is computed when it is asked for, as the age
of the oldest request is.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from customresource_bridge.bridge.in_flight import InFlight
from customresource_bridge.bridge.observability.events import (
    PHASES,
    Answered,
    Claimed,
    ClaimLost,
    Event,
    Repeated,
    ResponseOutcome,
    SetAside,
    Settled,
    Started,
    outcome,
    phase,
)
from customresource_bridge.protocol import Status

PREFIX = "customresource_bridge"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


class Metrics:
    """One process's figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter(
            "requests",
            "Requests that are over, by phase (create, update, delete, check) and outcome (success, failed).",
            ("phase", "outcome"),
        )
        self._responses = self._counter(
            "responses", "Responses, by what became of them: taken (accepted, refused, gone, expired).", ("taken",)
        )
        self._steps = Histogram(
            f"{PREFIX}_step_seconds",
            "Seconds that each step of a request took, by phase and step (wait: age of its message at the claim: so "
            "long had no bridge taken it; start: from the claim to the execution; execution; response: from the "
            "outcome to the PUT's acceptance).",
            ("step", "phase"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._claims_lost = self._counter("claims_lost", "Requests whose claim ran out or was taken.")
        self._repeats = self._counter("repeated_messages", "Further copies of requests in flight: posted again.")
        self._set_aside = self._counter("dead_letters", "Messages set aside, because the bridge cannot answer them.")
        self._begin_at_zero()
        Info(f"{PREFIX}_build", "The program's version.", registry=self.registry).info(
            {"version": version("customresource-bridge")}
        )
        ProcessCollector(registry=self.registry)

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"{PREFIX}_{name}", meaning, labels, registry=self.registry)

    def _begin_at_zero(self) -> None:
        # Prometheus sees no increase in a series that begins with its first one.
        for name in PHASES:
            for status in Status:
                self._requests.labels(name, status.lower())
        for taken in ResponseOutcome:
            self._responses.labels(str(taken))

    def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Claimed(entry):
                self._steps.labels("wait", phase(entry)).observe(entry.message.age)
            case Started(entry, resumed=False, seconds=seconds):
                self._steps.labels("start", phase(entry)).observe(seconds)
            case Settled(entry, float() as seconds):
                self._steps.labels("execution", phase(entry)).observe(seconds)
            case Answered(entry, taken, seconds=seconds):
                self._requests.labels(phase(entry), outcome(entry)).inc()
                self._responses.labels(str(taken)).inc()
                self._steps.labels("response", phase(entry)).observe(seconds)
            case ClaimLost():
                self._claims_lost.inc()
            case Repeated():
                self._repeats.inc()
            case SetAside():
                self._set_aside.inc()

    def show_in_flight(
        self,
        entries: Callable[[], Iterable[InFlight]],
        *,
        projects: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        """Expose what is in flight as well.

        :param entries: returns the requests in flight.
        :param projects: returns how many projects are open; always one where a process serves one project.
        """
        self.registry.register(_InFlightCollector(entries, projects=projects, monotonic=monotonic))

    def exposition(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return bytes(generate_latest(self.registry))


class _InFlightCollector(Collector):
    """Computes what is in flight at each scrape."""

    def __init__(
        self,
        entries: Callable[[], Iterable[InFlight]],
        *,
        projects: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._entries = entries
        self._projects = projects
        self._monotonic = monotonic

    def collect(self) -> Iterable[Metric]:
        """Return the figures."""
        entries, now = list(self._entries()), self._monotonic()
        in_flight = GaugeMetricFamily(
            f"{PREFIX}_in_flight", "Requests claimed and not yet answered, by phase.", labels=["phase"]
        )
        for name in PHASES:
            in_flight.add_metric([name], sum(phase(entry) == name for entry in entries))
        oldest = max((now - entry.since for entry in entries), default=0.0)
        yield in_flight
        yield GaugeMetricFamily(
            f"{PREFIX}_oldest_in_flight_seconds", "Age of the oldest request in flight, since its claim.", value=oldest
        )
        yield GaugeMetricFamily(
            f"{PREFIX}_held_back",
            "Requests in flight that wait since their project has as many running as it may (max_running).",
            value=sum(entry.held_back for entry in entries),
        )
        yield GaugeMetricFamily(f"{PREFIX}_projects", "Projects that have work here now.", value=self._projects())
