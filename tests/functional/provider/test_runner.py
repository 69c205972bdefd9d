"""A handler runs in a process of its own; however it ends, the provider knows how."""

import time
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.provider.ending import Broke, Loaded, Returned
from customresource_bridge.provider.runner import HandlerSpec, load, run

URL = "https://answer.example/v1/responses/gAAAAABsecretsecretsecretsecret"
EVENT = {"RequestType": "Create", "RequestId": "request-1", "ResponseURL": URL}


def ending(folder: Path, code: str, *, seconds: float = 10, lines: list[str] | None = None) -> Any:
    (folder / "mine.py").write_text(code)
    shown: list[str] = [] if lines is None else lines
    return run(HandlerSpec(name="mine:handler", folder=folder), EVENT, seconds=seconds, show=shown.append)


def test_it_gets_the_event_and_lambda_s_context(tmp_path: Path) -> None:
    code = """
def handler(event, context):
    return {
        "event": event, "left": context.get_remaining_time_in_millis(), "id": context.aws_request_id,
        "names": [context.function_name, context.log_stream_name, context.invoked_function_arn,
                  context.memory_limit_in_mb, context.function_version, context.log_group_name],
    }
"""
    value = ending(tmp_path, code).value
    assert value["event"] == EVENT
    assert 9_000 < value["left"] <= 10_000
    assert value["id"] == "request-1"
    assert all(isinstance(name, str) and name for name in value["names"])


def test_none_is_a_value(tmp_path: Path) -> None:
    assert ending(tmp_path, "def handler(event, context): pass") == Returned(None)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "def handler(event, context): raise ValueError('no such zone')",
            "raised ValueError: no such zone (mine.py, line 1)",
        ),
        ("def handler(event, context): raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        ("import sys\ndef handler(event, context): sys.exit(3)", "exited (3)"),
        ("import os\ndef handler(event, context): os._exit(7)", "exit status 7"),
        ("import os, signal\ndef handler(event, context): os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import no_such_library\n", "could not be loaded: ModuleNotFoundError: No module named 'no_such_library'"),
        ("def another(event, context): pass", "could not be loaded: AttributeError"),
        ("def handler(event, context", "could not be loaded: SyntaxError"),
        ("import sys\nsys.exit(0)", "could not be loaded: SystemExit: 0"),
        ("def handler(event): pass", "raised TypeError"),
        ("def helper():\n    raise ValueError('no')\ndef handler(event, context): helper()", "no (mine.py, line 2)"),
        ("import json\ndef handler(event, context):\n    json.loads('{')", "(mine.py, line 3)"),
        ("import no_such_library\n", "(mine.py, line 1)"),
        ("async def handler(event, context): return {}", "is a coroutine (async def)"),
        ("def handler(event, context): return object()", "not JSON"),
        ("def handler(event, context): return handler(event, context)", "raised RecursionError"),
    ],
)
def test_every_other_end_has_its_reason(tmp_path: Path, code: str, said: str) -> None:
    broke = ending(tmp_path, code)
    assert isinstance(broke, Broke)
    assert said in broke.reason


def test_a_hanging_handler_is_killed_with_all_it_started(tmp_path: Path) -> None:
    code = """
import subprocess, sys
def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    open("child", "w").write(str(child.pid))
    child.wait()
"""
    began = time.monotonic()
    broke = ending(tmp_path, code, seconds=2)
    assert broke == Broke("The handler did not finish within 2 seconds and was killed")
    assert time.monotonic() - began < 30
    assert not alive(int((tmp_path / "child").read_text()))


def test_a_child_left_behind_does_not_outlive_a_good_end(tmp_path: Path) -> None:
    code = """
import subprocess, sys
def handler(event, context):
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
"""
    assert not alive(ending(tmp_path, code).value)


def test_a_thread_left_behind_does_not_delay_the_end(tmp_path: Path) -> None:
    code = """
import threading, time
def handler(event, context):
    threading.Thread(target=time.sleep, args=(60,)).start()
"""
    began = time.monotonic()
    assert ending(tmp_path, code) == Returned(None)
    assert time.monotonic() - began < 30


def test_what_it_prints_is_shown_without_the_secret(tmp_path: Path) -> None:
    lines: list[str] = []
    code = """
import sys
def handler(event, context):
    print("answering", event["ResponseURL"])
    print(event, file=sys.stderr)
    print("x" * 100_000)
"""
    ending(tmp_path, code, lines=lines)
    text = "\n".join(lines)
    assert "answering" in text
    assert "request-1" in text
    assert "secretsecret" not in text


def test_a_returned_reason_is_shown_without_what_the_handler_was_given_for_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import os\n"
        "def handler(event, context):\n"
        '    said = f\'not {os.environ["K"]} at {event["ResponseURL"]}\'\n'
        "    return {'Status': 'FAILED', 'Reason': said, 'Data': {'K': 'k3y'}}\n"
    )
    spec = HandlerSpec(name="mine:handler", folder=tmp_path, environment={"K": "s3cr3t-key"}, secrets=("s3cr3t-key",))
    ended = run(spec, EVENT, seconds=20, show=lambda _line: None)
    assert ended == Returned({"Status": "FAILED", "Reason": "not *** at ***", "Data": {"K": "k3y"}})


def test_a_large_event_and_a_large_result_pass(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def handler(event, context): return event")
    event = {**EVENT, "ResourceProperties": {"Text": "x" * 1_000_000}}
    assert run(
        HandlerSpec(name="mine:handler", folder=tmp_path), event, seconds=20, show=lambda _line: None
    ) == Returned(event)


def test_its_modules_may_have_our_names(tmp_path: Path) -> None:
    (tmp_path / "runner.py").write_text("NAME = 'mine'")
    code = "import runner\ndef handler(event, context): return runner.NAME"
    assert ending(tmp_path, code) == Returned("mine")


def test_an_interpreter_that_is_none_is_an_ending_too(tmp_path: Path) -> None:
    handler = HandlerSpec(name="mine:handler", folder=tmp_path, python="/nowhere/python")
    broke = run(handler, EVENT, seconds=5)
    assert isinstance(broke, Broke)
    assert "could not be started" in broke.reason


def test_one_request_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    code = "calls = []\ndef handler(event, context):\n    calls.append(1)\n    return len(calls)"
    assert [ending(tmp_path, code), ending(tmp_path, code)] == [Returned(1), Returned(1)]


def test_a_traceback_is_one_text_whoever_prints_it(tmp_path: Path) -> None:
    lines: list[str] = []
    code = """
import logging
def handler(event, context):
    try:
        event["Nothing"]
    except KeyError:
        logging.exception("lost")
    raise ValueError("no such zone")
"""
    ending(tmp_path, code, lines=lines)
    lost, first, second = lines
    assert lost == "ERROR:root:lost"
    assert first.endswith("KeyError: 'Nothing'")
    assert second.splitlines()[0] == "Traceback (most recent call last):"
    assert "mine.py" in second.splitlines()[1]
    assert second.endswith("ValueError: no such zone")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def handler(event, context): raise AssertionError", Loaded()),
        ("def handler(event, context): ...\ndef isComplete(event, context): ...", Loaded(("isComplete",))),
        ("def another(event, context): ...", "could not be loaded: AttributeError"),
        ("async def handler(event, context): ...", "is a coroutine"),
    ],
)
def test_a_handler_is_loaded_without_being_called(tmp_path: Path, code: str, found: Any) -> None:
    (tmp_path / "mine.py").write_text(code)
    loaded = load(HandlerSpec(name="mine:handler", folder=tmp_path), show=lambda _line: None)
    if isinstance(found, Loaded):
        assert loaded == found
    else:
        assert isinstance(loaded, Broke)
        assert found in loaded.reason


def alive(pid: int) -> bool:
    """Say whether a process is still there a while after its SIGKILL: the kernel carries it out in its own time."""
    stat, until = Path(f"/proc/{pid}/stat"), time.monotonic() + 5
    while time.monotonic() < until:
        # In a container without an init, what was killed stays as a zombie.
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.05)
    return True
