"""Starts each handler in its box and lets nothing of it survive. A program of its own, of the standard library alone.

It runs beside the provider, which talks to it over a socket; it never has the provider's environment, memory or
descriptors, so that a process that is forked here has none of them either. For each run it forks a keeper, which starts
the handler, waits for it until the deadline, and then kills whatever is left. A keeper is a subreaper: what a handler
starts becomes the keeper's child when its own parent ends, in whatever session or group it is, and is found by that.
It reads no request, and knows nothing of what a handler returns.
"""

import contextlib
import ctypes
import errno
import fcntl
import gc
import json
import os
import resource
import signal
import socket
import time
from collections.abc import Iterable
from typing import Any

DESCRIPTORS = 5
"""How many come with each run: the spec, and the handler's input, output and answer, and where its end is told."""
ANSWER = 3
"""The descriptor that the handler's answer goes to."""
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _CLEAR_ALL = 36, 38, 47, 4
_LOOK = 0.2
"""Seconds between two looks at how many processes a handler has."""
_PATIENCE = 5.0
"""Seconds for the kernel to carry out the last kills."""
_PAUSE = 0.001
_C = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *values: int) -> bool:
    """Have the kernel set something of this process, and return whether it did."""
    return bool(_C.prctl(option, *(ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4])) == 0)


def must(option: int, *values: int) -> None:
    """Have the kernel set something of this process.

    :raises OSError: it did not.
    """
    if not prctl(option, *values):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def children_of(pid: int, proc: str = "/proc") -> set[int]:
    """Return a process's children; of one that has ended, none."""
    found = set[int]()
    try:
        for thread in os.listdir(f"{proc}/{pid}/task"):  # noqa: PTH208 - pathlib takes longer to import than all of this
            with open(f"{proc}/{pid}/task/{thread}/children", "rb") as listed:  # noqa: PTH123
                found.update(map(int, listed.read().split()))
    except OSError:  # it has ended, or the kernel was built without that list
        found |= parents(proc).get(pid, set())
    return found


def parents(proc: str = "/proc") -> dict[int, set[int]]:
    """Return each process's children, from a look at all."""
    found: dict[int, set[int]] = {}
    for name in filter(str.isdigit, os.listdir(proc)):  # noqa: PTH208
        with contextlib.suppress(OSError), open(f"{proc}/{name}/stat", "rb") as stat:  # noqa: PTH123
            # The name before it, in brackets, may have any character.
            found.setdefault(int(stat.read().rpartition(b")")[2].split()[1]), set()).add(int(name))
    return found


def count_below(pid: int, proc: str = "/proc") -> int:
    """Return how many processes descend from one."""
    known = parents(proc)
    waiting, count = list(known.get(pid, ())), 0
    while waiting:
        count += 1
        waiting += known.get(waiting.pop(), ())
    return count


def threads_in_all(proc: str = "/proc") -> int:
    """Return how many threads the host has: cheaper than a look at each process."""
    with open(f"{proc}/loadavg", "rb") as load:  # noqa: PTH123
        return int(load.read().split()[3].partition(b"/")[2])


def kill(pids: Iterable[int]) -> None:
    """Kill children of this process. One that was not reaped keeps its number, so that no other process is hit."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end_all() -> None:
    """Kill and reap every child of this process, and what becomes its child by that, until there is none."""
    until = time.monotonic() + _PATIENCE
    while _reaped() and time.monotonic() < until:
        kill(children_of(os.getpid()))
        time.sleep(_PAUSE)


def _reaped() -> bool:
    """Reap what has ended, and return whether there are children left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


class Keeper:
    """Runs one handler, in a process of its own, and tells how it ended."""

    def __init__(self, descriptors: list[int]) -> None:
        """Read what is to be run."""
        given, self._stdin, self._output, self._answer, self._told = descriptors
        with os.fdopen(given, "rb") as text:
            text.seek(0)
            self._spec: dict[str, Any] = json.load(text)

    def run(self) -> None:
        """Run the handler to its end, or until its time is up, and tell it as JSON."""
        parent = os.getpid()
        must(_PR_SET_SUBREAPER, 1)
        failed, failing = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become_the_handler(failing, parent)
        for descriptor in (failing, self._stdin, self._output, self._answer):
            os.close(descriptor)
        with os.fdopen(failed, "rb") as failure:
            problem = failure.read().decode()
        end = {"problem": problem} if problem else self._wait(pid)
        end_all()
        os.write(self._told, json.dumps(end).encode())

    def _wait(self, handler: int) -> dict[str, Any]:
        ends_at, most, others = self._spec["ends_at"], self._spec["processes"], threads_in_all()
        while (left := ends_at - time.monotonic()) > 0:
            told = signal.sigtimedwait({signal.SIGCHLD, signal.SIGTERM}, min(left, _LOOK))
            if told is not None and told.si_signo == signal.SIGTERM:
                return {"killed": "provider"}
            status = _status_of(handler)
            if status is not None:
                return {"status": os.waitstatus_to_exitcode(status)}
            if told is None and threads_in_all() - others > most and count_below(os.getpid()) > most:
                return {"killed": "processes"}
        return {"killed": "time"}

    def _become_the_handler(self, failing: int, parent: int) -> None:
        try:
            self._enter_the_box(failing, parent)
            program, environment = self._spec["argv"], self._spec["environment"]
            os.execvpe(program[0], program, environment)  # noqa: S606 - running the handler is what it is for
        except OSError as error:
            os.write(failing, (error.strerror or type(error).__name__).encode())
        finally:
            os._exit(127)

    def _enter_the_box(self, failing: int, parent: int) -> None:
        os.setsid()
        for wanted, descriptor in enumerate((self._stdin, self._output, self._output, self._answer)):
            os.dup2(descriptor, wanted)
        os.set_inheritable(failing, False)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self._give_up_rights()
        os.chdir(self._spec["cwd"])
        for which, most in self._spec["limits"].items():
            hard = resource.getrlimit(int(which))[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # noqa: PLW2901
            resource.setrlimit(int(which), (most, most))
        must(_PR_SET_NO_NEW_PRIVS, 1)
        must(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            raise OSError(errno.ESRCH, "its keeper has ended")

    def _give_up_rights(self) -> None:
        if os.geteuid() != 0:
            return
        user = self._spec["user"]
        # Without its capabilities root cannot read a process that is not dumpable.
        prctl(_PR_CAP_AMBIENT, _CLEAR_ALL)
        for capability in range(64):
            if not prctl(_PR_CAPBSET_DROP, capability):
                break
        if user:
            os.setgroups(user["groups"])
            os.setgid(user["gid"])
            os.setuid(user["uid"])


def _status_of(handler: int) -> "int | None":
    """Reap what has ended, and return the handler's status once it is among that."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == handler:
                return status
            if pid == 0:
                return None
    return None


def keep(control: socket.socket, descriptors: list[int], parent: int) -> None:
    """Be a keeper, and end."""
    status = 1
    try:
        control.close()
        must(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == parent:
            Keeper(descriptors).run()
        status = 0
    finally:
        os._exit(status)


class Forkserver:
    """Forks a keeper for each run."""

    def __init__(self, control: socket.socket) -> None:
        """Serve what comes by the socket."""
        self._control, self._keepers = control, set[int]()

    def serve(self) -> None:
        """Serve until the provider has ended."""
        signal.signal(signal.SIGCHLD, self._on_child)
        while True:
            word, descriptors, _flags, _sender = socket.recv_fds(self._control, 1, DESCRIPTORS)
            if not word:
                return
            self._fork(descriptors)

    def _fork(self, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        # A child that is not known yet would be taken for what a handler left behind.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
        parent = os.getpid()
        try:
            pid = os.fork()
            if pid == 0:
                keep(self._control, descriptors, parent)
            self._keepers.add(pid)
        except OSError:
            pass  # the provider sees that its pipes are closed
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGTERM})
            for descriptor in descriptors:
                os.close(descriptor)

    def _on_child(self, *_: object) -> None:
        broken = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                broken = broken or ended[1] != 0
                self._keepers.discard(ended[0])
        if broken:
            # A keeper was killed: what it kept is this process's now, and so is, by each kill, what that had started.
            kill(children_of(os.getpid()) - self._keepers)


def main() -> None:
    """Serve the socket that is standard input."""
    # A handler of the same user is to read nothing here.
    must(_PR_SET_DUMPABLE, 0)
    gc.disable()  # a collection would write to pages that a fork shares
    must(_PR_SET_SUBREAPER, 1)
    nothing = os.open(os.devnull, os.O_RDWR)
    with socket.socket(fileno=fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, ANSWER + 1)) as control:
        # The numbers that the handler's descriptors get are nobody else's meanwhile.
        for number in (0, 1, ANSWER):
            os.dup2(nothing, number)
        Forkserver(control).serve()


if __name__ == "__main__":
    main()
