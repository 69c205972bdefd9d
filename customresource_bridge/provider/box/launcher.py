"""Has the forkserver run a handler in its box, and reads how that ended. It knows no request and no answer."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from customresource_bridge.provider.box.users import User

FORKSERVER = Path(__file__).with_name("forkserver.py")
_PIECE = 64 * 1024
_BEYOND = 5.0
"""Seconds after the deadline in which a keeper that is still itself has told the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSpec:
    """What is run, and within which limits.

    :ivar ends_at: the moment of the monotonic clock at which it is killed.
    :ivar limits: those of the kernel, by their numbers.
    :ivar processes: how many processes it may have.
    :ivar user: whom it runs as, where that is another than the provider's.
    """

    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    ends_at: float
    limits: Mapping[int, int]
    processes: int
    user: User | None = None

    def to_json(self) -> bytes:
        """Return it as the forkserver reads it."""
        user = self.user and {"uid": self.user.uid, "gid": self.user.gid, "groups": list(self.user.groups)}
        return json.dumps(
            {
                "argv": list(self.argv),
                "cwd": str(self.folder),
                "environment": dict(self.environment),
                "ends_at": self.ends_at,
                "limits": self.limits,
                "processes": self.processes,
                "user": user,
            }
        ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxEnd:
    """How a run ended: one of these.

    :ivar status: the handler's exit status, or the negative number of the signal that ended it.
    :ivar killed: why its keeper killed it: ``time``, ``processes``, ``provider``.
    :ivar problem: why it was not started.
    """

    status: int | None = None
    killed: str = ""
    problem: str = ""

    @classmethod
    def parse(cls, told: bytes) -> "BoxEnd":
        """Read what a keeper told; one that was killed by others told nothing."""
        try:
            return cls(**json.loads(told))
        except (ValueError, TypeError, RecursionError):
            return cls(killed="provider")


@dataclass(slots=True, kw_only=True)
class BoxedRun:
    """A handler that was started.

    :ivar output: where what it prints can be read.
    :ivar answer: where its answer can be read.
    """

    output: int
    answer: int
    _told: int
    _ends_at: float
    _keeper_is_lost: Callable[[], None]

    def wait(self) -> BoxEnd:
        """Return how it ended, shortly after its time is up at the latest."""
        told = b""
        with os.fdopen(self._told, "rb", buffering=0) as stream:
            while select.select([stream], [], [], max(0.0, self._ends_at + _BEYOND - time.monotonic()))[0]:
                part = stream.read(_PIECE)
                if not part:
                    return BoxEnd.parse(told)
                told += part
        # What runs as the provider's own user can stop those that keep it; a stopped forkserver starts nothing more.
        self._keeper_is_lost()
        return BoxEnd(killed="time")


class Launcher:
    """Starts handlers through a forkserver, which is started with the first and ends with this process."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self, spec: BoxSpec, *, given: bytes) -> BoxedRun:
        """Start a handler.

        :param given: what it reads on standard input.
        :raises OSError: there are no processes or descriptors left.
        """
        with ExitStack() as theirs, ExitStack() as ours:
            output_in, output_out = _pipe(ours, theirs)
            answer_in, answer_out = _pipe(ours, theirs)
            told_in, told_out = _pipe(ours, theirs)
            files = [_file_of(spec.to_json(), theirs), _file_of(given, theirs)]
            self._send([*files, output_out, answer_out, told_out])
            ours.pop_all()
        return BoxedRun(
            output=output_in, answer=answer_in, _told=told_in, _ends_at=spec.ends_at, _keeper_is_lost=self.replace
        )

    def replace(self) -> None:
        """Kill the forkserver, and with it whatever it runs; another takes its place with the next handler."""
        with self._lock:
            self._kill()
            self._end()

    def close(self) -> None:
        """End the forkserver, and with it whatever it runs."""
        with self._lock:
            self._end()

    def _send(self, descriptors: list[int]) -> None:
        with self._lock:
            try:
                socket.send_fds(self._connected(), [b"1"], descriptors)
            except (BrokenPipeError, ConnectionError):  # it was killed; another takes its place
                self._end()
                socket.send_fds(self._connected(), [b"1"], descriptors)

    def _connected(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-I", "-S", str(FORKSERVER)],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    env={},
                    cwd="/",
                    start_new_session=True,
                )
            atexit.register(self.close)
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
            atexit.unregister(self.close)
        if self._process is not None:
            try:
                self._process.wait(_BEYOND)
            except subprocess.TimeoutExpired:
                self._kill()
                self._process.wait()
            self._process = None

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # the keepers are of its group


def _pipe(ours: ExitStack, theirs: ExitStack) -> tuple[int, int]:
    """Return a pipe, of which the end that is written to is the handler's and closed here."""
    reading, writing = os.pipe()
    ours.callback(os.close, reading)
    theirs.callback(os.close, writing)
    return reading, writing


def _file_of(text: bytes, theirs: ExitStack) -> int:
    """Return a descriptor of a file in memory: one that writes it waits for none that reads it."""
    descriptor = os.memfd_create("handler")
    theirs.callback(os.close, descriptor)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(text)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
