"""The way to the message broker, which a test may cut without a word to anybody else who uses that broker."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class WayToBroker:
    """Forwards a port of this host to the broker's.

    :param url: the broker's, as in ``transport_url``.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._listening: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._port = 0
        self.mend()

    @property
    def url(self) -> str:
        """The URL that leads over this way."""
        return self._url._replace(netloc=f"{self._url.username}:{self._url.password}@127.0.0.1:{self._port}").geturl()

    def mend(self) -> None:
        """Let connections through, from now on."""
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def cut(self) -> None:
        """Break all connections, and let none through."""
        assert self._listening is not None
        for one in (self._listening, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                try:
                    far = socket.create_connection((self._url.hostname or "", self._url.port or 0))
                except OSError:  # the broker is away, and the way to it stays
                    near.close()
                    continue
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
