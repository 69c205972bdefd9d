"""Plays a case over a socket, and says what was told and whether the connection was ended."""

import asyncio
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from functional.attack.cases import BODY, Case, put
from functional.gateway.running import Running

_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3})\b", re.MULTILINE)
AFTER = put(b"Content-Length: @LENGTH@", b"Connection: close")


@dataclass(frozen=True)
class Played:
    """What came of a case.

    :ivar told: each status, in its order.
    :ivar closed: whether the server ended the connection.
    :ivar heard: how many answers reached Heat; of them ``after`` were not the case's own.
    """

    told: tuple[int, ...]
    closed: bool
    heard: int
    after: int


def wrong(case: Case, played: Played) -> str:
    """Return what is wrong with what came of a case; nothing if all is well."""
    if case.told:
        well = (played.told, played.heard, played.after) == (case.told, case.heard, 0)
        return "" if well else f"told {played.told}, Heat heard {played.heard}"
    if played.after:
        return "what followed a refused request was heard"
    if played.heard:
        return "Heat heard it"
    if len(played.told) > 1 or any(status < 400 for status in played.told):
        return f"told {played.told}"
    return "" if played.closed else "the connection went on"


def play(gateway: Running, cases: Sequence[Case], *, seconds: float = 8, at_once: int = 64) -> dict[str, Played]:
    """Play all cases, some at a time; return what came of each, by its name."""
    before = len(gateway.heat.taken())
    told = asyncio.run(_play_all(gateway, cases, seconds, at_once))
    heard = gateway.heat.taken()[before:]
    return {
        case.name: Played(
            *told[case.name],
            heard=sum(f'"Reason": "{case.name}"' in line for line in heard),
            after=sum(f'"Reason": "{case.name} (after)"' in line for line in heard),
        )
        for case in cases
    }


async def _play_all(
    gateway: Running, cases: Sequence[Case], seconds: float, at_once: int
) -> dict[str, tuple[tuple[int, ...], bool]]:
    path, places = urlsplit(gateway.url()).path.encode(), asyncio.Semaphore(at_once)
    loop = asyncio.get_running_loop()

    async def one(case: Case) -> tuple[tuple[int, ...], bool]:
        raw = filled(case.raw, path, case.name)
        if not case.told:
            raw += filled(AFTER, path, f"{case.name} (after)")
        async with places:
            return await asyncio.wait_for(talk(gateway, raw, seconds), seconds + 5)

    answers = await asyncio.gather(*(loop.create_task(one(case)) for case in cases))
    return {case.name: answer for case, answer in zip(cases, answers, strict=True)}


def filled(raw: bytes, path: bytes, name: str) -> bytes:
    """Return ``raw`` with the path, the answer and its length in their places."""
    body = BODY.replace(b"@NAME@", name.encode())
    values = {
        b"@PATH@": path,
        b"@BODY@": body,
        b"@LENGTH@": str(len(body)).encode(),
        b"@SIZE@": f"{len(body):x}".encode(),
    }
    for mark, value in values.items():
        raw = raw.replace(mark, value)
    return raw


async def talk(gateway: Running, raw: bytes, seconds: float) -> tuple[tuple[int, ...], bool]:
    """Send ``raw``; return each status that is told, and whether the connection was ended within ``seconds``."""
    reader, writer = await connect(gateway)
    received, end = b"", time.monotonic() + seconds
    try:
        writer.write(raw)
        while part := await asyncio.wait_for(reader.read(65536), end - time.monotonic()):
            received += part
        closed = True
    except (TimeoutError, asyncio.TimeoutError):  # one and the same since 3.11
        closed = False
    except OSError:
        closed = True
    finally:
        writer.transport.abort()
    return tuple(int(status) for status in _STATUS.findall(received)), closed


async def connect(gateway: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to the gateway, with TLS where it speaks it."""
    split = urlsplit(gateway.base)
    context = None
    if split.scheme == "https":
        context = ssl.create_default_context(cafile=gateway.pool.connection_pool_kw["ca_certs"])
    return await asyncio.open_connection(split.hostname, split.port, ssl=context)
