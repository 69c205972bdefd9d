"""Calls one Lambda-style handler with one event, in a process of its own, and says what came of it.

A file that the handler's own Python runs, which need not have this package: the standard library alone.
The order comes as JSON on standard input, or on the file descriptor that the one argument names; the account goes as
JSON to the file descriptor named in it. What the handler prints is the runner's business.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import sys
import time
import traceback
import types

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing and decimal take longer to import than a handler may take to run
    from typing import Any

_COROUTINE = 0x80
"""``inspect.CO_COROUTINE``."""


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
    """Return the function that ``module:function``, ``module.function`` or ``folder/module.function`` names."""
    module, colon, function = name.partition(":")
    if not colon:
        module, _, function = name.rpartition(".")
    # Lambda writes a module in a folder with slashes.
    owner, found = None, importlib.import_module(".".join(part for part in module.split("/") if part not in {"", "."}))
    for part in function.split("."):
        owner, found = found, getattr(found, part)
    if not callable(found):
        raise TypeError(f"{function} is no function")
    if isinstance(owner, type) and isinstance(vars(owner).get(part), types.FunctionType):
        raise TypeError(f"{function} needs an object of its class: name a function, or a static or class method")
    return found


def account(order: dict[str, Any]) -> dict[str, Any]:
    """Call the handler, or only find it, and return what came of it, as a JSON object."""
    try:
        handler = find(order["handler"])
    except BaseException as error:
        return {"import_failed": described(error) + place(error)}
    if "accustom.decorators" in sys.modules:
        hooks("accustom").keep_here()
    if not order.get("only_load"):
        return _called_by_crhelper(handler, order) if order.get("crhelper") else _called(handler, order)
    if is_coroutine(handler):
        return {"coroutine": True}
    crhelper = hooks("crhelper").signs(handler) if "crhelper.resource_helper" in sys.modules else None
    return {"returned": {"beside": beside(handler), "crhelper": crhelper}}


def hooks(library: str) -> Any:
    """Return the module that takes the place of AWS for a library."""
    file = os.path.join(os.path.dirname(__file__), "workers", f"{library}_hooks.py")  # noqa: PTH118, PTH120 - texts
    spec = importlib.util.spec_from_file_location(f"customresource_bridge_{library}_hooks", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - for the type checker
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _called_by_crhelper(handler: Any, order: dict[str, Any]) -> dict[str, Any]:
    call = hooks("crhelper").CrhelperCall(order["event"])
    result = _called(handler, order)
    if "returned" not in result:
        return result
    if call.again is not None:
        return {"again": call.again}
    if call.answer is None:  # it did not come to crhelper
        return result
    try:
        return {"returned": as_json(call.answer)}
    except Exception as error:
        return {"returned": salvaged(call.answer), "not_json": described(error)}


def _called(handler: Any, order: dict[str, Any]) -> dict[str, Any]:
    # Not imported above: it takes longer than the rest together.
    debugger = importlib.import_module("pdb") if order.get("debug") else None
    call = debugger.Pdb().runcall if debugger else _call
    try:
        returned = call(handler, order["event"], LambdaContext(order["context"], order["seconds"]))
    except SystemExit as error:
        return {"exited": str(error.code)}
    except BaseException as error:
        with contextlib.suppress(Exception):  # it may have closed its stderr
            traceback.print_exception(type(error), error, _without_ours(error.__traceback__))
        if debugger and type(error).__name__ != "BdbQuit":
            debugger.post_mortem(_without_ours(error.__traceback__))
        return {"raised": described(error) + place(error)}
    if isinstance(returned, types.CoroutineType):
        returned.close()
        return {"coroutine": True}
    try:
        return {"returned": as_json(returned)}
    except Exception as error:
        return {"returned": salvaged(returned), "not_json": described(error)}


def _call(handler: Any, event: Any, context: LambdaContext) -> Any:
    return handler(event, context)


def _without_ours(trace: types.TracebackType | None) -> types.TracebackType | None:
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def is_coroutine(handler: Any) -> bool:
    """Return whether calling it would only make a coroutine."""
    code = getattr(handler, "__code__", None)
    return isinstance(code, types.CodeType) and bool(code.co_flags & _COROUTINE)


def beside(handler: Any) -> list[str]:
    """Return the names of what stands in the handler's module and asks whether its work is complete."""
    module = sys.modules.get(getattr(handler, "__module__", None) or "")
    names = [name for name in vars(module) if callable(getattr(module, name))] if module else []
    return [name for name in names if name.replace("_", "").lower() == "iscomplete"]


def as_json(value: Any) -> Any:
    """Return a value as it comes out of its JSON."""
    return json.loads(json.dumps(value, default=number))


def number(value: Any) -> Any:
    """Return a Decimal as the number it is: boto3's tables give them, and Lambda writes them so."""
    decimal = sys.modules.get("decimal")
    if decimal is None or not isinstance(value, decimal.Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    whole = value.is_finite() and value == value.to_integral_value()
    return int(value) if whole else float(value)


def salvaged(value: Any) -> Any:
    """Return those items of a dictionary that are JSON."""
    if not isinstance(value, dict):
        return None
    result: dict[str, Any] = {}
    for key, item in value.items():
        with contextlib.suppress(Exception):
            result |= as_json({key: item})
    return result


def described(error: BaseException) -> str:
    """Return an exception's type and text."""
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def place(error: BaseException) -> str:
    """Return the line of the handler's own code that an exception came from, or nothing."""
    if isinstance(error, SyntaxError):
        return ""  # its text says where
    here = os.getcwd() + os.sep  # noqa: PTH109 - it is a text
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(here) and "site-packages" not in frame.filename:
            return f" ({frame.filename.removeprefix(here)}, line {frame.lineno})"
    return ""


def main() -> None:
    """Do one order."""
    with os.fdopen(int(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin.fileno(), closefd=len(sys.argv) > 1) as given:
        order = json.load(given)
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
