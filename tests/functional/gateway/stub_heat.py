"""A heat-api-cfn that answers over real HTTP as it is told, in a process of its own.

Used by the tests of the gateway's servers and by the bench; whether the real one answers like this is for the tests on
the standalone cloud. ``python stub_heat.py PORT FILE`` writes each body it gets as a line to FILE; the last part of the
path says how to answer: ``200``, ``404``, ``503``, ``drop``, ``hang``, ``slow``.
"""

import errno
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cheroot import wsgi

Start = Callable[..., Any]


class Stub:
    """The application."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        how = environ["PATH_INFO"].rsplit("/", 1)[-1]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if how == "drop":
            raise BrokenPipeError(errno.EPIPE, "as told")  # cheroot then closes the connection without a word
        if how == "hang":
            time.sleep(60)
        if how == "slow":
            time.sleep(1)
        if environ["REQUEST_METHOD"] == "PUT" and self.file is not None:
            with self.file.open("ab") as file:
                file.write(body + b"\n")
        status = how if how.isdigit() else "200"
        start(f"{status} As told", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]


def main() -> None:
    port, file = int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    server = wsgi.Server(("127.0.0.1", port), Stub(file), numthreads=16)
    server.error_log = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    server.start()


if __name__ == "__main__":
    main()
