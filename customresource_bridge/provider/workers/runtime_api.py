"""Gives one event to a program that speaks Lambda's runtime interface, and says what came of it.

The interface is HTTP on the loopback: the program asks for the next invocation, and posts its response or its error. So
what is written for Lambda's custom runtimes (Go, Rust, Java, .NET, shell) runs as it is, by its ``bootstrap``. Standard
library alone. The order comes as JSON on standard input, the account goes to the file descriptor that it names.
Source: AWS's page "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_BASE = "/2018-06-01/runtime/"
_LARGEST = 8 * 1024 * 1024
"""Bytes of a response; Lambda's own limit is lower."""
_PROGRAM = "./bootstrap"


class Invocation:
    """One event, and what came of it.

    :ivar account: what came of it, as a JSON object; None until then.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        """Take the order."""
        self.order = order
        self.account: dict[str, Any] | None = None
        self._over = threading.Event()
        self._given = False

    def next(self) -> dict[str, Any] | None:
        """Return the event, once; then None, when it may end."""
        if self.order.get("only_load"):
            self.end({"returned": {"beside": [], "crhelper": None}})
        if self._given or self.account is not None:
            return None
        self._given = True
        event: dict[str, Any] = self.order["event"]
        return event

    def end(self, account: dict[str, Any]) -> None:
        """Take what came of it: the first account counts."""
        self.account = self.account or account
        self._over.set()

    def wait(self, program: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Return what came of it, when it is over or the program has ended."""
        while not self._over.wait(0.05) and program.poll() is None:
            pass
        self._over.wait(0.5)  # its last words may be on their way
        return self.account or {"exited": f"exit status {program.poll()}"}


def taken(path: str, body: bytes) -> dict[str, Any]:
    """Return the account of what a program posted."""
    try:
        value = json.loads(body) if body.strip() else None
    except ValueError as error:
        return {"returned": None, "not_json": str(error)}
    if not path.endswith("/error"):
        return {"returned": value}
    value = value if isinstance(value, dict) else {}
    said = ": ".join(str(value[name]) for name in ("errorType", "errorMessage") if value.get(name))
    return {"import_failed" if path == f"{_BASE}init/error" else "raised": said or "an error that it did not name"}


def is_an_end(path: str, request_id: str) -> bool:
    """Return whether what is posted to a path ends the invocation that was given."""
    ours = f"{_BASE}invocation/{request_id}"
    return path in {f"{ours}/response", f"{ours}/error", f"{_BASE}init/error"}


def is_our_own(peer: tuple[str, int], *, table: Path = Path("/proc/net/tcp")) -> bool:
    """Return whether a connection from this address of the loopback is of this process's own user.

    The loopback is everybody's who is on the host, and the event holds the ResponseURL. Where the kernel has no such
    table (another system than Linux), nothing is known, and the connection is taken.
    """
    if not table.exists():
        return True
    host = int.from_bytes(socket.inet_aton(peer[0]), sys.byteorder)
    local = f"{host:08X}:{peer[1]:04X}"
    rows = (line.split() for line in table.read_text().splitlines()[1:])
    return any(row[1] == local and int(row[7]) == os.geteuid() for row in rows)


class RuntimeAPIServer(ThreadingHTTPServer):
    """The interface, for one invocation."""

    daemon_threads = True

    def __init__(self, invocation: Invocation) -> None:
        """Listen on a free port of the loopback."""
        super().__init__(("127.0.0.1", 0), _RuntimeAPI)
        self.invocation = invocation


class _RuntimeAPI(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeAPIServer

    def do_GET(self) -> None:
        if not is_our_own(self.client_address):
            return self._answer(403, {})
        if self.path != f"{_BASE}invocation/next":
            return self._answer(404, {})
        event = self.server.invocation.next()
        if event is None:
            time.sleep(3600)  # as Lambda, which stops it here; the worker's end does
        order = self.server.invocation.order
        headers = {
            "Lambda-Runtime-Aws-Request-Id": order["context"]["aws_request_id"],
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + order["seconds"]) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": order["context"]["invoked_function_arn"],
        }
        return self._answer(200, event, **headers)

    def do_POST(self) -> None:
        if not is_our_own(self.client_address):
            return self._answer(403, {})
        body = self._body()
        if not is_an_end(self.path, self.server.invocation.order["context"]["aws_request_id"]):
            return self._answer(404, {})
        self._answer(202, {"status": "OK"})
        return self.server.invocation.end(taken(self.path, body))

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST))
        body = b""
        while size := int(self.rfile.readline(100).split(b";")[0] or b"0", 16):
            body += self.rfile.read(min(size, _LARGEST))
            self.rfile.readline(100)
            if len(body) > _LARGEST:
                break
        return body

    def _answer(self, status: int, value: Any, **headers: str) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Say nothing: what is printed here is taken for the handler's."""


def called(order: dict[str, Any]) -> dict[str, Any]:
    """Have the program handle the order's event, and return what came of it."""
    invocation = Invocation(order)
    server = RuntimeAPIServer(invocation)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"}
    try:
        program = subprocess.Popen([_PROGRAM], env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - the handler
    except OSError as error:
        return {"import_failed": f"{_PROGRAM}: {error.strerror}"}
    try:
        return invocation.wait(program)
    finally:
        program.kill()
        program.wait()


def main() -> None:
    """Do one order."""
    order = json.load(sys.stdin)
    result = called(order)
    with os.fdopen(order["answer_fd"], "w") as answer:
        json.dump(result, answer)
    os._exit(0)


if __name__ == "__main__":
    main()
