"""Calls one Lambda-style handler with one event, in a process of its own, and says what came of it.

A file that the handler's own Python runs, which need not have this package: the standard library alone.
The order comes as JSON on standard input; the account goes as JSON to the file descriptor named in it.
What the handler prints is the runner's business.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import sys
import time
import traceback
from typing import Any


class CognitoIdentity:
    """The caller through Cognito: there is none."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """What AWS Lambda passes as ``context``; the names are Lambda's."""

    def __init__(self, names: dict[str, str], seconds: float) -> None:
        """Take over the names that the order gives, and its time limit."""
        self.function_name = names["function_name"]
        self.function_version = names["function_version"]
        self.invoked_function_arn = names["invoked_function_arn"]
        self.memory_limit_in_mb = names["memory_limit_in_mb"]
        self.aws_request_id = names["aws_request_id"]
        self.log_group_name = names["log_group_name"]
        self.log_stream_name = names["log_stream_name"]
        self.identity = CognitoIdentity()
        self.client_context = None
        self._ends_at = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the handler may still run."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Print, as the oldest runtimes did."""
        sys.stdout.write(str(message))


def find(name: str) -> Any:
    """Return the function that ``module:function`` (or ``module.function``) names."""
    module, _, function = name.replace(":", ".").rpartition(".")
    found = importlib.import_module(module)
    for part in function.split("."):
        found = getattr(found, part)
    return found


def account(order: dict[str, Any]) -> dict[str, Any]:
    """Call the handler and return what came of it, as a JSON object."""
    try:
        handler = find(order["handler"])
    except BaseException as error:
        return {"import_failed": described(error)}
    try:
        returned = handler(order["event"], LambdaContext(order["context"], order["seconds"]))
    except SystemExit as error:
        return {"exited": str(error.code)}
    except BaseException as error:
        with contextlib.suppress(Exception):  # it may have closed its stderr
            traceback.print_exc()
        return {"raised": described(error)}
    try:
        json.dumps(returned)
    except Exception as error:
        return {"returned": None, "not_json": described(error)}
    return {"returned": returned}


def described(error: BaseException) -> str:
    """Return an exception's type and text."""
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def main() -> None:
    """Do one order."""
    order = json.load(sys.stdin)
    # The handler's folder in place of this one, whose modules would shadow its own; absolute, for it may go elsewhere.
    sys.path[0] = os.getcwd()  # noqa: PTH109 - it is a text
    os.environ.setdefault("AWS_EXECUTION_ENV", f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}")
    # Lambda's root logger has a handler of its own; here the last resort shows what the handler wants to be logged.
    logging.lastResort = logging.StreamHandler(sys.stdout)
    result = account(order)
    with os.fdopen(order["answer_fd"], "w") as answer:
        json.dump(result, answer)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    # Threads that a library left behind (crhelper's timer, for one) must not keep a finished handler running.
    os._exit(0)


if __name__ == "__main__":
    main()
