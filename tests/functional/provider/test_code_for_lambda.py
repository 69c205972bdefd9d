"""Code as it was written for AWS Lambda, and code that nobody should write: each ends as its author would expect."""

import time
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.provider.ending import Broke, Returned
from customresource_bridge.provider.runner import HandlerSpec, run

TOKEN = "gAAAAAB" + "secret" * 100
EVENT = {
    "RequestType": "Create",
    "RequestId": "request-1",
    "ResponseURL": f"https://answer.example/v1/responses/{TOKEN}",
}


def ending(folder: Path, code: str, *, lines: list[str] | None = None, **event: str) -> Any:
    (folder / "mine.py").write_text(code)
    shown: list[str] = [] if lines is None else lines
    return run(HandlerSpec(name="mine:handler", folder=folder), {**EVENT, **event}, seconds=10, show=shown.append)


def test_lambda_s_variables_are_there(tmp_path: Path) -> None:
    code = """
import os
def handler(event, context):
    assert os.environ["AWS_LAMBDA_FUNCTION_NAME"] == context.function_name
    assert os.environ["AWS_LAMBDA_LOG_STREAM_NAME"] == context.log_stream_name
    assert os.environ["AWS_LAMBDA_LOG_GROUP_NAME"] == context.log_group_name
    assert os.environ["AWS_REGION"] == context.invoked_function_arn.split(":")[3]
    assert os.environ["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_python3.")
    assert os.path.exists(os.path.join(os.environ["LAMBDA_TASK_ROOT"], "mine.py"))
    assert context.identity.cognito_identity_id is None
    return os.environ["_HANDLER"]
"""
    assert ending(tmp_path, code) == Returned("mine.handler")


def test_a_thing_without_an_id_of_its_own_is_not_replaced_by_its_update(tmp_path: Path) -> None:
    code = "def handler(event, context): return context.log_stream_name"
    created = ending(tmp_path, code).value
    update = {"RequestType": "Update", "RequestId": "request-2", "PhysicalResourceId": created}
    assert ending(tmp_path, code, **update).value == created


def test_what_it_logs_is_shown_without_any_handler_of_logs(tmp_path: Path) -> None:
    lines: list[str] = []
    code = """
import logging
logging.getLogger().setLevel(logging.INFO)
def handler(event, context): logging.getLogger("mine").info("made %s", "it")
"""
    assert ending(tmp_path, code, lines=lines) == Returned(None)
    assert "made it" in lines


def test_its_modules_are_found_wherever_it_goes(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("NAME = 'mine'")
    code = """
import os
def handler(event, context):
    os.chdir("/")
    import helper
    return helper.NAME
"""
    assert ending(tmp_path, code) == Returned("mine")


def test_other_processes_work(tmp_path: Path) -> None:
    code = """
import multiprocessing
def handler(event, context):
    answers = []
    for method in ("fork", "spawn"):
        processes = multiprocessing.get_context(method)
        queue = processes.Queue()
        child = processes.Process(target=queue.put, args=(method,))
        child.start()
        answers.append(queue.get(timeout=9))
        child.join()
    return answers
"""
    assert ending(tmp_path, code) == Returned(["fork", "spawn"])


def test_a_daemon_left_behind_does_not_hide_what_was_returned(tmp_path: Path) -> None:
    code = """
import os, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        time.sleep(20)
        os._exit(0)
    return "done"
"""
    began = time.monotonic()
    assert ending(tmp_path, code) == Returned("done")
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os\ndef handler(event, context): os.kill(os.getpid(), 40)", "killed by signal 40"),
        (
            "import os\ndef handler(event, context):\n"
            "    [os.write(fd, b'[]') for fd in map(int, os.listdir('/proc/self/fd')) if fd > 2 and writable(fd)]\n"
            "    os._exit(0)\n"
            "def writable(fd):\n"
            "    try: return os.write(fd, b'') == 0\n"
            "    except OSError: return False",
            "exit status 0 instead of returning",
        ),
        ("class E(Exception):\n    def __str__(self): return 1\ndef handler(event, context): raise E", "raised E"),
        (
            "import sys\ndef handler(event, context):\n    sys.stderr.close()\n    raise ValueError('no')",
            "ValueError: no",
        ),
        ("def handler(event, context):\n    v = []\n    for _ in range(9999): v = [v]\n    return v", "not JSON"),
        ("async def handler(event, context): pass", "coroutine"),
        ("def handler(event, context): input()", "EOFError"),
    ],
)
def test_every_other_end_has_its_reason(tmp_path: Path, code: str, said: str) -> None:
    broke = ending(tmp_path, code)
    assert isinstance(broke, Broke)
    assert said in broke.reason


def test_a_reason_does_not_hold_the_secret(tmp_path: Path) -> None:
    code = """
import subprocess
def handler(event, context): subprocess.run(["false", event["ResponseURL"]], check=True)
"""
    broke = ending(tmp_path, code)
    assert "CalledProcessError" in broke.reason
    assert "secret" not in broke.reason
