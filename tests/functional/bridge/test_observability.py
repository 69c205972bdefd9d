"""A bridge's process as its operator sees it: figures, health, readiness, and a report on a signal."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from functional.tenant import until
from prometheus_client.parser import text_string_to_metric_families
from standalone import cloud

TOKEN = "gAAAA-a-token-that-nobody-may-see"
NO_ECHO = "no-echo-data-that-nobody-may-see"


@dataclass
class Observed:
    """A running bridge, and where it shows itself."""

    base: str
    log: Path
    process: "subprocess.Popen[bytes]"

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.base}{path}", timeout=30)

    def ready(self) -> tuple[int, str]:
        answer = self.get("/readyz")
        return answer.status_code, answer.text

    def figure(self, name: str, **labels: str) -> float:
        families = text_string_to_metric_families(self.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        (found,) = [s for s in samples if s.name == f"customresource_bridge_{name}" and s.labels == labels]
        return float(found.value)


@pytest.fixture
def observed(clouds_yaml: Path, tmp_path: Path, httpserver: Any) -> Iterator[Observed]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config, log = tmp_path / "bridge.conf", tmp_path / "bridge.log"
    config.write_text(
        f"[DEFAULT]\nuse_json = true\n[response]\nallowed_bases = {httpserver.url_for('/responses')}\n"
        f"[observability]\nlisten = 127.0.0.1:{port}\n"
    )
    command = [sys.executable, "-m", "customresource_bridge.cmd.main", "run", "--os-cloud", "demo"]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--config-file", str(config)],
            stdout=out,
            stderr=out,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml)},
        )
        made = Observed(f"http://127.0.0.1:{port}", log, process)
        until(lambda: "handling the requests" in log.read_text() or process.poll() is not None, "the bridge starts")
        yield made
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.usefixtures("mistral")
def test_figures_after_real_requests(observed: Observed, stack: Any, answers: Any) -> None:
    for kind in ("Create", "Update", "Delete"):
        answers.of(stack.post(stack.request(kind)), timeout=60)
    answers.of(stack.post(stack.request(token="mistral:crbt_fail")), timeout=60)
    slow = stack.request(token="mistral:crbt_slow", properties={"seconds": 4})
    stack.post(slow)
    until(lambda: observed.figure("in_flight", phase="create") == 1, "the slow one is in flight")
    stack.post(slow)
    until(lambda: observed.figure("repeated_messages_total") >= 1, "its copy is seen")
    assert observed.figure("oldest_in_flight_seconds") > 0
    stack.zaqar.post(stack.queue, {"nothing": "of the kind"}, ttl=300)
    stack.ring()
    answers.of(slow["RequestId"], timeout=60)
    stack.wait_empty(60)

    for kind in ("create", "update", "delete"):
        expected = 2 if kind == "create" else 1
        assert observed.figure("requests_total", phase=kind, outcome="success") == expected
    assert observed.figure("requests_total", phase="create", outcome="failed") == 1
    assert observed.figure("responses_total", taken="accepted") == 5
    assert observed.figure("dead_letters_total") == 1
    assert observed.figure("claims_lost_total") == 0
    assert observed.figure("step_seconds_count", step="execution", phase="create") == 3
    assert observed.figure("step_seconds_sum", step="execution", phase="create") > 3.5
    until(lambda: observed.figure("in_flight", phase="create") == 0, "nothing is in flight")


def test_readiness_names_the_service_that_is_down(observed: Observed) -> None:
    until(lambda: observed.ready() == (200, "ready\n"), "the bridge is ready")
    cloud("stop", "mistral-api")
    try:
        status, text = until(lambda: (found := observed.ready())[0] != 200 and found, "it is no longer ready")
    finally:
        cloud("start", "mistral-api")
    assert status == 503
    assert re.fullmatch(r"not ready: Mistral: [^\n]*\n", text)
    assert observed.get("/healthz").text == "OK\n"
    until(lambda: observed.ready() == (200, "ready\n"), "the bridge is ready again")


@pytest.mark.usefixtures("mistral")
def test_a_signal_has_it_report_what_it_does_and_no_secret(
    observed: Observed, stack: Any, answers: Any, demo: Any
) -> None:
    answers.server.expect_request(f"/responses/{TOKEN}", method="PUT").respond_with_handler(answers.take)
    properties = {"seconds": 4, "password": NO_ECHO}
    slow = stack.request(token="mistral:crbt_slow", properties=properties, ResponseURL=f"{stack.response_url}/{TOKEN}")
    stack.post(slow)
    until(lambda: observed.figure("in_flight", phase="create") == 1, "the request is in flight")
    observed.process.send_signal(signal.SIGUSR2)
    until(lambda: "allowed_workflows" in observed.log.read_text(), "the report is written")
    answers.of(slow["RequestId"], timeout=60)
    report = observed.log.read_text()
    for shown in ("Guru Meditation", f"Create of Thing [{slow['RequestId']}]", "signature_keys = ***", "stop_patience"):
        assert shown in report
    for secret in (NO_ECHO, TOKEN, demo.get_token(), demo.auth._password):
        assert secret not in report
    assert f'"RequestId": "{slow["RequestId"]}"' in report  # a log line in JSON
