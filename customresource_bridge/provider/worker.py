"""Calls one Lambda-style handler with one event, in a process of its own, and says what came of it.

Run by ``provider.runner`` as a file, by the handler's own Python, which need not have this package: the standard
library alone. The order comes as JSON on standard input; the account goes as JSON to the file descriptor named in it.
What the handler prints is the runner's business.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any


class Context:
    """What AWS Lambda passes as ``context``; the names are Lambda's."""

    def __init__(self, order: dict[str, Any]) -> None:
        """Take over the order's names and its time limit."""
        self.function_name = order["function_name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = order["function_arn"]
        self.memory_limit_in_mb = "1024"
        self.aws_request_id = order["request_id"]
        self.log_group_name = "/aws/lambda/" + self.function_name
        self.log_stream_name = order["log_stream"]
        self.identity = None
        self.client_context = None
        self._ends_at = time.monotonic() + order["seconds"]

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
        returned = handler(order["event"], Context(order))
    except SystemExit as error:
        return {"exited": str(error.code)}
    except BaseException as error:
        traceback.print_exc()
        return {"raised": described(error)}
    try:
        json.dumps(returned)
    except (TypeError, ValueError) as error:
        return {"returned": None, "not_json": described(error)}
    return {"returned": returned}


def described(error: BaseException) -> str:
    """Return an exception's type and text."""
    text = str(error)
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def main() -> None:
    """Do one order."""
    order = json.load(sys.stdin)
    sys.path[0] = ""  # the handler's folder in place of this one, whose modules would shadow its own
    result = account(order)
    with os.fdopen(order["answer_fd"], "w") as answer:
        json.dump(result, answer)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that a library left behind (crhelper's timer, for one) must not keep a finished handler running.
    os._exit(0)


if __name__ == "__main__":
    main()
