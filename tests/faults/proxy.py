"""Fronts that can be told to misbehave: one before each service, and before the gateway.

A bridge is shown the fronts as if they were the services: its clouds.yaml names Keystone's, and each answer of
Keystone's names the others' in its catalogue. So it goes the way that it goes in a cloud, by no HTTP proxy.
"""

import http.client
import random
import re
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODES = ("refused", "reset", "502", "half a body", "silence", "slow")
"""Nobody listens; RST after some bytes of the answer; a proxy's own 502; an answer cut short; no answer; a late one."""
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "server", "date"}


class Fronts:
    """Pass requests on; while a mode is set, spoil a share of them in that way.

    :param behind: who is behind them, each as host:port.
    :param silence: seconds of saying nothing, in the mode of that name.
    :ivar passed: how many requests came, spoilt or not.
    """

    def __init__(self, behind: list[str], rng: random.Random, *, silence: float) -> None:
        self.share = 0.5
        self.spoilt = self.passed = 0
        self.silence = silence
        self._mode: str | None = None
        self._rng = rng
        self._lock = threading.Lock()
        self._claims: dict[str, list[tuple[str, str, dict[str, str]]]] = {}
        self._servers = {name: _listen(name, 0, self) for name in behind}
        self._ports = {name: int(server.server_address[1]) for name, server in self._servers.items()}

    def of(self, behind: str) -> str:
        """Return the front of who is behind, as host:port."""
        return f"127.0.0.1:{self._ports[behind]}"

    def shown(self, text: bytes) -> bytes:
        """Return a text with the fronts in it for who is behind them."""
        for behind in self._ports:
            text = text.replace(behind.encode(), self.of(behind).encode())
        return text

    def spoil(self, mode: str, seconds: float) -> None:
        """Misbehave for so long."""
        with self._lock:
            self._mode = mode
        if mode == "refused":
            self.stop()
        time.sleep(seconds)
        if mode == "refused":
            self._servers = {name: _listen(name, port, self) for name, port in self._ports.items()}
        with self._lock:
            self._mode = None

    def stop(self) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def fault(self) -> str | None:
        """Return how to spoil the next request, or None."""
        with self._lock:
            self.passed += 1
            # While nobody listens, a connection from before ends as well.
            if self._mode is None or (self._mode != "refused" and self._rng.random() >= self.share):
                return None
            self.spoilt += 1
            return self._mode

    def heard(self, behind: str, path: str, headers: dict[str, str], content: bytes) -> None:
        """Remember a claim that Zaqar gave, and what it may be ended with."""
        queue, claims, _ = path.partition("/claims?")
        found = re.search(rb"[?&]claim_id=([0-9a-f-]+)", content)
        if claims and found:
            claim = f"{queue}/claims/{found[1].decode()}"
            self._claims.setdefault(queue.rpartition("/")[2], []).append((behind, claim, headers))

    def release_claims(self, queue: str) -> int:
        """End the claims on a queue's messages, as if they had run out; return how many there were."""
        given = self._claims.pop(queue, [])
        for behind, path, headers in given:
            connection = http.client.HTTPConnection(behind, timeout=60)
            connection.request("DELETE", path, headers=headers)
            connection.getresponse().read()
            connection.close()
        return len(given)

    def cut(self, answer: bytes) -> bytes:
        """Return the beginning of an answer: as much as comes before the reset, which may be none or all of it."""
        with self._lock:
            return answer[: self._rng.randint(0, len(answer))]


def _listen(behind: str, port: int, fronts: Fronts) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"behind": behind, "fronts": fronts})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept open, and what is kept can be cut
    behind: str
    fronts: Fronts

    def log_message(self, *_args: Any) -> None:
        """Log nothing."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.fronts.fault()
        if fault == "502":
            self._send(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        if fault in {"refused", "silence"}:
            time.sleep(self.fronts.silence if fault == "silence" else 0)
            self._reset(b"")
            return
        try:
            head, content = self._ask(body)
        except (OSError, http.client.HTTPException):
            self._reset(b"")  # who is behind was killed: so would its own connection end
            return
        if fault == "reset":
            self._reset(self.fronts.cut(head + content))  # it was done, and not all of the answer is heard
            return
        if fault == "slow":
            time.sleep(3)
        if fault == "half a body":
            self.close_connection = True
            content = content[: len(content) // 2]
        self._send(head + content)

    def _ask(self, body: bytes) -> tuple[bytes, bytes]:
        connection = http.client.HTTPConnection(self.behind, timeout=120)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
        connection.request(self.command, self.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.command == "POST":
            self.fronts.heard(self.behind, self.path, headers, content)
        if self.path.startswith("/v3/auth/tokens"):
            content = self.fronts.shown(content)
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {len(content)}"]
        lines += [f"{key}: {value}" for key, value in answer.getheaders() if key.lower() not in _HOP_BY_HOP]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1"), content

    def _send(self, answer: bytes) -> None:
        try:
            self.wfile.write(answer)
        except OSError:  # whoever asked was killed meanwhile
            self.close_connection = True

    def _reset(self, sent: bytes) -> None:
        """End the connection as a crash does: by RST, without a farewell."""
        self.close_connection = True
        self._send(sent)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.connection.detach())  # by hand: the server's own way would say FIN first

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass  # noqa: N815 - http.server's names
