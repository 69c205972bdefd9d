"""The figures that a bridge's events make, and those of what is in flight."""

from dataclasses import replace

from bridge_parts import entry
from one_bridge import OneBridge

from customresource_bridge.bridge.observability.events import Claimed
from customresource_bridge.bridge.observability.metrics import Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"customresource_bridge_{name}", labels)


def test_figures() -> None:
    metrics = Metrics()
    world = OneBridge(metrics)
    metrics.show_in_flight(world.bridge.table.all, projects=lambda: 1, monotonic=lambda: world.seconds)
    request_id = world.post()
    world.claim()
    world.post(RequestId=request_id)
    world.claim()
    world.seconds = 2.0
    assert value(metrics, "in_flight", phase="create") == 1
    assert value(metrics, "oldest_in_flight_seconds") == 2.0
    world.end()
    world.post("Delete")
    world.claim()
    world.end("ERROR")
    world.post(StackId="nonsense")
    world.claim()
    assert value(metrics, "requests_total", phase="create", outcome="success") == 1
    assert value(metrics, "requests_total", phase="delete", outcome="failed") == 1
    assert value(metrics, "requests_total", phase="update", outcome="success") == 0
    assert value(metrics, "responses_total", taken="accepted") == 2
    assert value(metrics, "repeated_messages_total") == 1
    assert value(metrics, "dead_letters_total") == 1
    assert value(metrics, "claims_lost_total") == 0
    for step in ("start", "execution", "response"):
        assert value(metrics, "step_seconds_count", step=step, phase="create") == 1
    assert value(metrics, "step_seconds_sum", step="execution", phase="create") == 2.0
    assert value(metrics, "in_flight", phase="create") == 0
    assert value(metrics, "oldest_in_flight_seconds") == 0
    assert b"customresource_bridge_projects 1.0" in metrics.exposition()


def test_a_lost_claim_counts() -> None:
    metrics = Metrics()
    world = OneBridge(metrics)
    world.post()
    world.claim()
    world.bridge._claims._lost(world.bridge.table.all()[0], "it ran out")
    assert value(metrics, "claims_lost_total") == 1


def test_how_long_no_bridge_had_taken_a_request_is_counted_at_its_claim() -> None:
    metrics, claimed = Metrics(), entry()
    claimed.message = replace(claimed.message, age=95)
    metrics(Claimed(claimed))
    assert value(metrics, "step_seconds_sum", step="wait", phase="create") == 95
    assert value(metrics, "step_seconds_count", step="wait", phase="create") == 1
