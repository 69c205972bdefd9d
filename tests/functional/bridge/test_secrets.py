"""A bridge's process at DEBUG says nothing of what it must keep: not in its log, not in an execution's input."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.clients.mistral import Mistral

TOKEN = "gAAAA-a-token-that-nobody-may-see"
NO_ECHO = "no-echo-data-that-nobody-may-see"
_ID_IN_PATH = re.compile(r"/(messages|claims)/[0-9a-f]{8}")


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
    debug_log: Path, stack: Any, answers: Any, mistral: Mistral, demo: Any
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
    assert bodies[1]["RequestId"] in text  # it does say something
    for secret in (TOKEN, NO_ECHO, demo.get_token(), demo.auth._password if hasattr(demo.auth, "_password") else TOKEN):
        assert secret not in text
    assert not _ID_IN_PATH.search(text)
    for body in bodies[:2]:
        execution = mistral.get(stack.execution_id(body))
        assert execution is not None
        assert TOKEN not in json.dumps(execution.input)
