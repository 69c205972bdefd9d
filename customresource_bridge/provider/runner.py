"""Runs a handler for one request in a process of its own, for a limited time, and returns how it ended.

A process for each request, not a warm one as Lambda keeps: what one request leaves behind (globals, threads, memory)
never reaches the next. The handler may crash, hang, exit, fork: each is an ending, none is an error here. What it may
see and use, and that nothing of it is left, is the box's business.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

from customresource_bridge.provider import lambda_environment
from customresource_bridge.provider.box.environment import passed_on
from customresource_bridge.provider.box.forkserver import ANSWER
from customresource_bridge.provider.box.launcher import BoxEnd, BoxSpec, Launcher
from customresource_bridge.provider.box.limits import Limits
from customresource_bridge.provider.box.output import BoundedOutput
from customresource_bridge.provider.box.users import ThreadCount, User
from customresource_bridge.provider.ending import Broke, Ending, Loaded, Returned
from customresource_bridge.provider.redaction import Mask
from customresource_bridge.provider.runtime import Runtime, command
from customresource_bridge.provider.tracebacks import records

LOG = logging.getLogger(__name__)
_SETTLING = 2.0
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerSpec:
    """What is run.

    :ivar name: ``module:function``, or as Lambda writes it, ``module.function`` and ``folder/module.function``.
    :ivar runtime: by which program it is called.
    :ivar python: the interpreter, so that a handler can have a virtual environment of its own.
    :ivar folder: where it is found, and its working directory.
    :ivar environment: variables for it alone.
    :ivar secrets: what is kept out of its output and of what is said of its end, beside the ResponseURL.
    :ivar passed: variables of this process's environment that it has too, beside those that are no secret anywhere.
    :ivar limits: what it may use.
    :ivar user: whom it runs as, where that is another than this process's.
    :ivar keep_ids: whether an id made of the log stream's name is kept; see ``lambda_environment.log_stream``.
    :ivar crhelper: whether crhelper serves it: what AWS does for that is done by the provider.
    """

    name: str
    runtime: Runtime = Runtime.PYTHON
    python: str = sys.executable
    folder: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    passed: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    user: User | None = None
    keep_ids: bool = True
    crhelper: bool = False


_ENDS = {
    "import_failed": "The handler could not be loaded: {}",
    "exited": "The handler exited ({}) instead of returning",
    "raised": "The handler raised {}",
    "coroutine": "The handler is a coroutine (async def): write a plain function, and call asyncio.run in it",
}
Show = Callable[[str], None]
_NOT_STARTED = "The handler could not be started: {}"
_KILLED = {
    "time": "The handler did not finish within {seconds:g} seconds and was killed",
    "processes": "The handler had more than {processes} processes at once and was killed",
    "provider": "The handler was killed from outside",
}
_LAUNCHER, _THREADS = Launcher(), ThreadCount()
_NO_LIMIT = 24 * 3600.0
_LOADING = 60.0
"""Seconds that a handler's modules may take to be imported."""


def load(handler: HandlerSpec, *, show: Show = LOG.info) -> Loaded | Broke:
    """Import the handler as for a request, without calling it."""
    ending = _carry_out(handler, {}, seconds=_LOADING, show=show, more={"only_load": True})
    if isinstance(ending, Broke):
        return ending
    crhelper = ending.value["crhelper"]
    return Loaded(
        tuple(ending.value["beside"]),
        crhelper=crhelper is not None,
        polls_every=None if crhelper is None else crhelper["every"],
    )


def run(handler: HandlerSpec, event: Mapping[str, Any], *, seconds: float, show: Show = LOG.info) -> Ending:
    """Call the handler with ``event``.

    :param seconds: how long it may run; then it and whatever it started is killed.
    :param show: takes each line it prints, without the ResponseURL's secret, and each traceback as one text of several
        lines.
    """
    return _carry_out(handler, event, seconds=seconds, show=show, more={})


def debug(handler: HandlerSpec, event: Mapping[str, Any]) -> Ending:
    """Call the handler under Python's debugger, which has this process's terminal; it may take any time."""
    environment = {**_environment(handler, event), **passed_on(os.environ, ["TERM"])}
    answer_in, answer_out = os.pipe()
    order_in, order_out = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 - running the handler is what the caller asks for
            [*command(handler.runtime, python=handler.python), str(order_in)],
            cwd=handler.folder,
            env=environment,
            pass_fds=[order_in, answer_out],
        )
    except OSError as error:
        os.close(answer_in)
        os.close(order_out)
        return Broke(_NOT_STARTED.format(error.strerror))
    finally:
        os.close(answer_out)
        os.close(order_in)
    account = _Account(answer_in, most=handler.limits.answer_bytes)
    order = {**_order(handler, event, _NO_LIMIT, environment, answer_out), "debug": True}
    with suppress(BrokenPipeError), os.fdopen(order_out, "wb") as given:
        given.write(json.dumps(order).encode())
    process.wait()
    return _ending(account.read() or b"", process.returncode)


def _carry_out(
    handler: HandlerSpec, event: Mapping[str, Any], *, seconds: float, show: Show, more: Mapping[str, Any]
) -> Ending:
    # One deadline over all: the start, what is given and taken, and the end.
    ends_at = time.monotonic() + seconds
    mask, environment = Mask.of(event, handler.secrets), _environment(handler, event)
    order = {**_order(handler, event, seconds, environment, ANSWER), **more}
    try:
        started = _LAUNCHER.start(_box(handler, environment, ends_at), given=json.dumps(order).encode())
    except OSError as error:
        return Broke(_NOT_STARTED.format(error.strerror))
    talk = Thread(target=_show_output, args=(started.output, handler.limits, mask, show), daemon=True)
    talk.start()
    account = _Account(started.answer, most=handler.limits.answer_bytes)
    end = started.wait()
    talk.join(_SETTLING)
    ending = _ended(end, account, handler.limits, seconds)
    return Broke(mask.text(ending.reason)) if isinstance(ending, Broke) else _masked(ending, mask)


def _masked(ending: Ending, mask: Mask) -> Ending:
    """Keep secrets out of a Reason, which whoever may see the stack reads; Data is what the handler means to give."""
    if not isinstance(ending, Returned) or not isinstance(ending.value, dict):
        return ending
    shown = {key: mask.text(each) if _is_reason(key, each) else each for key, each in ending.value.items()}
    return replace(ending, value=shown)


def _is_reason(key: str, value: Any) -> bool:
    return key.casefold() == "reason" and isinstance(value, str)


def _box(handler: HandlerSpec, environment: Mapping[str, str], ends_at: float) -> BoxSpec:
    uid = handler.user.uid if handler.user else os.geteuid()
    return BoxSpec(
        argv=command(handler.runtime, python=handler.python),
        folder=handler.folder.absolute(),
        environment=environment,
        ends_at=ends_at,
        limits=handler.limits.of_the_kernel(running=_THREADS.of(uid), addresses=not handler.runtime.reserves_addresses),
        processes=handler.limits.processes,
        user=handler.user,
    )


def _ended(end: BoxEnd, account: "_Account", limits: Limits, seconds: float) -> Ending:
    if end.problem:
        return Broke(_NOT_STARTED.format(end.problem))
    if end.killed:
        return Broke(_KILLED[end.killed].format(seconds=seconds, processes=limits.processes))
    text = account.read()
    if text is None:
        return Broke(f"The handler returned more than {limits.answer_bytes} bytes")
    return _ending(text, end.status or 0)


def _environment(handler: HandlerSpec, event: Mapping[str, Any]) -> dict[str, str]:
    inherited = passed_on(os.environ, handler.passed)
    if handler.user:
        inherited["HOME"] = handler.user.home
    known = {"PYTHONUNBUFFERED": "1", **_size(handler.limits), **inherited, **handler.environment}
    environment = lambda_environment.variables(handler.name, handler.folder, known)
    stream = lambda_environment.log_stream(environment["AWS_LAMBDA_FUNCTION_NAME"], event, keep_ids=handler.keep_ids)
    return {**environment, "AWS_LAMBDA_LOG_STREAM_NAME": stream}


def _size(limits: Limits) -> dict[str, str]:
    return {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(limits.memory)}


def _order(
    handler: HandlerSpec, event: Mapping[str, Any], seconds: float, environment: Mapping[str, str], answer_fd: int
) -> dict[str, Any]:
    return {
        "handler": handler.name,
        "event": dict(event),
        "seconds": seconds,
        "context": lambda_environment.context(event, environment),
        "answer_fd": answer_fd,
        "crhelper": handler.crhelper,
    }


class _Account:
    """Reads what the worker reports, beside its run, so that a long report cannot block it."""

    def __init__(self, descriptor: int, *, most: int) -> None:
        self._text, self._most = bytearray(), most
        self._thread = Thread(target=self._take, args=(descriptor,), daemon=True)
        self._thread.start()

    def _take(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            while len(self._text) <= self._most and (part := stream.read(_PIECE)):
                self._text += part

    def read(self) -> bytes | None:
        """Return what came; None where it was too much."""
        # Whatever held the pipe has been killed.
        self._thread.join(_SETTLING)
        return bytes(self._text) if len(self._text) <= self._most else None


def _ending(text: bytes, status: int) -> Ending:
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        report = None
    if not isinstance(report, dict):
        return Broke(_died(status))
    for what, sentence in _ENDS.items():
        if report.get(what) is not None:
            return Broke(sentence.format(report[what]))
    if isinstance(report.get("again"), dict):
        return Returned(None, again=report["again"])
    returned, lost = report.get("returned"), str(report.get("not_json") or "")
    if lost and not returned:
        return Broke(f"The handler returned a value that is not JSON ({lost})")
    return Returned(returned, lost)


def _died(status: int) -> str:
    if status < 0:
        known = {member.value: member.name for member in signal.Signals}
        return f"The handler's process was killed by {known.get(-status, f'signal {-status}')}"
    return f"The handler's process ended with exit status {status} instead of returning"


def _show_output(descriptor: int, limits: Limits, mask: Mask, show: Show) -> None:
    with os.fdopen(descriptor, "rb") as stream:
        bounded = BoundedOutput(most_bytes=limits.output_bytes, most_lines=limits.output_lines)
        for text in records(bounded.lines(mask.lines(stream))):
            show(text)
        while stream.read1(_PIECE):
            pass  # what is not read would stop the handler


def close() -> None:
    """End what runs handlers, and with it those that run."""
    _LAUNCHER.close()
