"""A proxy that can be told to misbehave: between the bridges and the services, and in front of the gateway."""

import contextlib
import http.client
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

MODES = ("refused", "reset", "502", "half a body", "silence", "slow")
_HOP_BY_HOP = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}


class FaultProxy:
    """Passes requests on; while a mode is set, spoils a share of them in that way.

    :param silence: seconds of saying nothing, in the mode of that name.
    :ivar behind: the base of who answers what is asked of the proxy itself.
    """

    def __init__(self, rng: random.Random, *, silence: float) -> None:
        self.mode: str | None = None
        self.behind = ""
        self.share = 0.5
        self.spoilt = 0
        self.silence = silence
        self._rng = rng
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()

    def fault(self) -> str | None:
        """Return how to spoil the next request, or None."""
        with self._lock:
            if self.mode is None or self._rng.random() >= self.share:
                return None
            self.spoilt += 1
            return self.mode

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_args: Any) -> None:
                """Log nothing."""

            def _pass(self) -> None:
                self.close_connection = True
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = proxy.fault()
                if fault == "refused":
                    return
                if fault == "silence":
                    time.sleep(proxy.silence)
                    return
                if fault == "502":
                    self.send_error(502)
                    return
                try:
                    answer, content = self._ask(body)
                except OSError:
                    self.send_error(502)
                    return
                with contextlib.suppress(OSError):  # the bridge was killed meanwhile
                    self._answer(answer, content, fault)

            def _ask(self, body: bytes) -> tuple[Any, bytes]:
                parts = urlsplit(self.path if "://" in self.path else proxy.behind + self.path)
                connection = http.client.HTTPConnection(parts.netloc, timeout=120)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                connection.request(self.command, path, body=body or None, headers=headers)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                return answer, content

            def _answer(self, answer: Any, content: bytes, fault: str | None) -> None:
                if fault == "reset":
                    return  # it was done, and nobody hears of it
                if fault == "slow":
                    time.sleep(3)
                self.send_response(answer.status)
                for key, value in answer.getheaders():
                    if key.lower() not in _HOP_BY_HOP:
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if fault == "half a body" else content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass  # noqa: N815 - http.server's names

        return Handler
