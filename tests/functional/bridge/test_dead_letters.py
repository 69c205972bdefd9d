"""The dead letters' command, on the real Zaqar, as the plain tenant's own process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.bridge.bridge import Bridge
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol import ids


@pytest.fixture
def dead_letters(clouds_yaml: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(action: str, *names: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "customresource_bridge.cmd.main", "dead-letters", action, "--os-cloud", "demo"]
        environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(clouds_yaml)}
        return subprocess.run(  # noqa: S603 - our own command
            [*command, *names], capture_output=True, text=True, timeout=60, env=environment, check=False
        )

    return run


def test_list_show_redrive_and_purge(
    stack: Any, answers: Any, zaqar: Zaqar, new_bridge: Callable[..., Bridge], dead_letters: Callable[..., Any]
) -> None:
    zaqar.delete_queue(ids.DEAD_LETTER_QUEUE)
    bridge = new_bridge()
    stack.post(stack.request(StackId="nonsense\x1b[31m"))
    stack.post(["hopeless"])
    stack.wait_empty()
    bridge.stop()

    lines = dead_letters("list").stdout.splitlines()
    assert lines.pop(0).split() == ["Name", "Set", "aside", "at", "Queue", "Reason"]
    assert len(lines) == 2
    (name, line) = next((line.split()[0], line) for line in lines if "StackId" in line)
    assert stack.queue in line

    shown = dead_letters("show", name).stdout
    assert "nonsense" in shown
    assert "\x1b" not in shown
    assert stack.response_url not in shown

    assert dead_letters("redrive", name).returncode == 0
    assert stack.messages() == 1
    assert len(dead_letters("list").stdout.splitlines()) == 2
    assert dead_letters("purge", "all").returncode == 0
    assert dead_letters("list").stdout == "none\n"
    unknown = dead_letters("show", "nobody")
    assert unknown.returncode == 1
    assert "nobody" in unknown.stderr
    assert not answers.bodies
