"""Two of the CDK's applications, from their port to the deleted stack; ``make corpus`` plays them all."""

from pathlib import Path

from corpus.applications import RUNNING
from corpus.play import played
from functional.gateway.cloud import CloudGateway


def test_a_provider_with_is_complete_and_nested_stacks_run_unchanged(
    gateway_cloud: CloudGateway, tmp_path: Path
) -> None:
    chosen = [application for application in RUNNING if application.name in {"IsComplete", "Nested"}]
    assert len(chosen) == 2
    assert played(chosen, gateway_cloud, tmp_path) == {}
