"""A bridge's process at DEBUG says nothing of what it must keep: not in its log, not in an execution's input."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from functional.secrets_in import IN_EXECUTIONS, NO_ECHO, secrets_in

from customresource_bridge.clients.mistral.mistral import Mistral

TOKEN = "gAAAA-a-token-that-nobody-may-see"


@pytest.fixture
def debug_log(clouds_yaml: Path, tmp_path: Path, httpserver: Any) -> Iterator[Path]:
    """Run a bridge at DEBUG and return where it logs; it must end cleanly."""
    config = tmp_path / "bridge.conf"
    config.write_text(f"[response]\nallowed_bases = {httpserver.url_for('/responses')}\n")
    log = tmp_path / "bridge.log"
    command = [sys.executable, "-m", "customresource_bridge.cmd.main", "run", "--debug", "--os-cloud", "demo"]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--config-file", str(config)],
            stdout=out,
            stderr=out,
            env={**os.environ, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml)},
        )
        yield log
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_nothing_secret_is_in_the_log_nor_in_the_execution(
    debug_log: Path, stack: Any, answers: Any, mistral: Mistral, clouds_yaml: Path
) -> None:
    httpserver = answers.server
    httpserver.expect_request(f"/responses/{TOKEN}", method="PUT").respond_with_handler(answers.take)
    url = f"{httpserver.url_for('/responses')}/{TOKEN}"
    # Once accepted at once, once after trouble, once failing, once unreadable: each way of a request says other things.
    answers.statuses.put(503)
    bodies = [
        stack.request(ResponseURL=url, properties={"say": NO_ECHO}),
        stack.request(ResponseURL=url, token="mistral:crbt_fail"),
        stack.request(ResponseURL=url, token="mistral:crbt_nobody"),
        {**stack.request(ResponseURL=url), "ResourceProperties": NO_ECHO},
        {**stack.request(ResponseURL=url), "StackId": "nonsense"},
    ]
    for body in bodies:
        stack.post(body)
    for body in bodies[1:4]:
        answers.of(body["RequestId"], timeout=60)
    stack.wait_empty(60)
    time.sleep(1)
    text = debug_log.read_text()
    password = json.loads(clouds_yaml.read_text())["clouds"]["demo"]["auth"]["password"]
    assert bodies[1]["RequestId"] in text  # it does say something
    assert bodies[0]["RequestId"] in text
    assert secrets_in(text) == []
    assert password not in text
    for body in bodies[:2]:
        execution = mistral.get(stack.execution_id(body))
        assert execution is not None
        given = json.dumps(execution.input)
        assert TOKEN not in given
        assert secrets_in(given, names=IN_EXECUTIONS) == []
