"""A response as bytes. Pure, but for the date."""

import time
from email.utils import formatdate
from functools import lru_cache

from customresource_bridge.gateway.http.application import HTTPResponse

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


def as_bytes(response: HTTPResponse, *, keep: bool, bodiless: bool = False, now: float | None = None) -> bytes:
    """Return a response to write.

    :param keep: whether the connection goes on.
    :param bodiless: whether it answers HEAD.
    :param now: seconds since 1970; by default the clock's.
    """
    status = response.status
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        *(f"{name}: {value}" for name, value in response.headers),
        f"Content-Length: {len(response.body)}",
        f"Date: {_date(int(time.time() if now is None else now))}",
        *([] if keep else ["Connection: close"]),
        "\r\n",
    ]
    return "\r\n".join(lines).encode("latin-1") + (b"" if bodiless else response.body)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
