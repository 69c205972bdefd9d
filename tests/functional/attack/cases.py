"""Requests as raw bytes, and what must become of each: what HTTP allows is taken, what two parsers may read in two ways
is refused.

After a request that is refused comes nothing: each case is sent with a whole, genuine request behind it, which must
not be heard.
"""

from dataclasses import dataclass

BODY = b'{"Status": "SUCCESS", "Reason": "@NAME@"}'
LENGTH = b"@LENGTH@"


@dataclass(frozen=True)
class Case:
    """One conversation. In ``raw`` stand ``@PATH@`` for a genuine path, ``@BODY@`` for an answer that Heat would take,
    ``@LENGTH@`` for its length, ``@SIZE@`` for the same as a chunk has it.

    :ivar told: the statuses that the client is to be told, in their order; empty: it is refused, by one 4xx or 5xx or
        by hanging up, and nothing that follows is answered.
    :ivar heard: how many answers Heat is to hear.
    """

    name: str
    raw: bytes
    told: tuple[int, ...] = ()
    heard: int = 0


def put(*lines: bytes, body: bytes = b"@BODY@", first: bytes = b"PUT @PATH@ HTTP/1.1", host: bool = True) -> bytes:
    head = [first, *([b"Host: gateway"] if host else []), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def chunked(body: bytes, *lines: bytes) -> bytes:
    return put(b"Transfer-Encoding: chunked", *lines, body=body)


CL = b"Content-Length: @LENGTH@"
TE = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"
WHOLE = b"@SIZE@\r\n@BODY@\r\n0\r\n\r\n"

TAKEN = (
    Case("plain", put(CL, CLOSE), (200,), 1),
    Case("POST", put(CL, CLOSE, first=b"POST @PATH@ HTTP/1.1"), (200,), 1),
    Case("HTTP/1.0", put(CL, first=b"PUT @PATH@ HTTP/1.0", host=False), (200,), 1),
    Case("whole URL", put(CL, CLOSE, first=b"PUT http://gateway@PATH@ HTTP/1.1"), (200,), 1),
    Case("names in any letters", put(b"cONTENT-lENGTH: @LENGTH@", b"CONNECTION: Close"), (200,), 1),
    Case("blanks around a value", put(b"Content-Length: \t@LENGTH@ ", CLOSE), (200,), 1),
    Case("no blank before a value", put(b"Content-Length:@LENGTH@", CLOSE), (200,), 1),
    Case("bytes above 127 in a value", put(b"X: \xfc\xe2\x82\xac", CL, CLOSE), (200,), 1),
    Case("an empty line first", b"\r\n" + put(CL, CLOSE), (200,), 1),
    Case("chunks", chunked(WHOLE, CLOSE), (200,), 1),
    Case("Chunked in any letters", put(b"transfer-encoding: Chunked", CLOSE, body=WHOLE), (200,), 1),
    Case("chunk with extension", chunked(b"@SIZE@;a=b\r\n@BODY@\r\n0\r\n\r\n", CLOSE), (200,), 1),
    Case("chunk size with zeros", chunked(b"000@SIZE@\r\n@BODY@\r\n000\r\n\r\n", CLOSE), (200,), 1),
    Case("trailer", chunked(b"@SIZE@\r\n@BODY@\r\n0\r\nX: y\r\n\r\n", CLOSE), (200,), 1),
    Case("two requests", put(CL) + put(CL, CLOSE), (200, 200), 2),
    Case("two at once, the first by GET", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + put(CL, CLOSE), (200, 200), 1),
    Case(
        "Upgrade to h2c",
        put(b"Connection: Upgrade, HTTP2-Settings, close", b"Upgrade: h2c", b"HTTP2-Settings: AA", CL),
        (200,),
        1,
    ),
    Case("Upgrade to a websocket", put(b"Connection: Upgrade, close", b"Upgrade: websocket", CL), (200,), 1),
    Case(
        "a request as a body",
        put(b"Content-Length: 35", CLOSE, body=b"GET /healthz HTTP/1.1\r\nHost: ab\r\n\r\n"),
        (400,),
    ),
    Case("a body of a GET's", put(CL, CLOSE, first=b"GET /healthz HTTP/1.1"), (200,)),
    Case("body of a forged URL is no request", put(CL, CLOSE, first=b"PUT /v1/responses/forged HTTP/1.1"), (403,)),
    Case("a name like Transfer-Encoding", put(b"Transfer_Encoding: chunked", CL, CLOSE), (200,), 1),
)
"""What HTTP allows."""

_LENGTHS = {
    "differ": (CL, b"Content-Length: 0"),
    "differ, the longer first": (b"Content-Length: 900", CL),
    "equal": (CL, CL),
    "a list": (b"Content-Length: @LENGTH@, @LENGTH@",),
    "a plus": (b"Content-Length: +@LENGTH@",),
    "negative": (b"Content-Length: -5",),
    "hexadecimal": (b"Content-Length: 0x10",),
    "underscore": (b"Content-Length: 1_0",),
    "empty": (b"Content-Length:",),
    "blank within": (b"Content-Length: 4 2",),
    "a fraction": (b"Content-Length: 10.0",),
    "other digits": ("Content-Length: ٤٢".encode(),),
    "twenty-five digits": (b"Content-Length: 1000000000000000000000000",),
    "blank before the colon": (b"Content-Length : @LENGTH@",),
}
_ENCODINGS = {
    "beside a length": (CL, TE),
    "before a length": (TE, CL),
    "twice": (TE, TE),
    "twice in one": (b"Transfer-Encoding: chunked, chunked",),
    "not the last": (b"Transfer-Encoding: chunked, identity",),
    "identity": (b"Transfer-Encoding: identity",),
    "gzip": (b"Transfer-Encoding: gzip, chunked",),
    "like it": (b"Transfer-Encoding: xchunked",),
    "quoted": (b'Transfer-Encoding: "chunked"',),
    "with a parameter": (b"Transfer-Encoding: chunked;q=1",),
    "vertical tab": (b"Transfer-Encoding: \x0bchunked",),
    "form feed": (b"Transfer-Encoding:\x0cchunked",),
    "NUL": (b"Transfer-Encoding: chunked\x00",),
    "blank before the colon": (b"Transfer-Encoding : chunked",),
    "folded": (b"Transfer-Encoding:\r\n chunked",),
    "behind a fold": (b"X: y\r\n Transfer-Encoding: chunked", CL),
    "behind a bare CR": (b"X: y\rTransfer-Encoding: chunked", CL),
    "behind a bare LF": (b"X: y\nTransfer-Encoding: chunked", CL),
    "empty": (b"Transfer-Encoding:",),
    "NUL in the name": (b"Transfer-Encoding\x00: chunked", CL),
    "second, empty": (TE, b"Transfer-Encoding:"),
}
_LINES = {
    "folded": b"X: a\r\n b",
    "folded by a tab": b"X: a\r\n\tb",
    "NUL in a value": b"X: a\x00b",
    "NUL in a name": b"X\x00: a",
    "bare CR in a value": b"X: a\rb",
    "bare CR at a value's end": b"X: a\r",
    "bare LF": b"X: a\nY: b",
    "ESC in a value": b"X: \x1b[31m",
    "DEL in a value": b"X: \x7f",
    "blank in a name": b"X Y: a",
    "parenthesis in a name": b"X(: a",
    "byte above 127 in a name": b"X\xfc: a",
    "no name": b": a",
    "no colon": b"X",
    "blank before the colon": b"X : a",
    "second Host": b"Host: other",
    "bare CR LF CR": b"X: a\r\r",
}
_FIRST = {
    "lower-case version": b"PUT @PATH@ http/1.1",
    "version 9.9": b"PUT @PATH@ HTTP/9.9",
    "version 1.10": b"PUT @PATH@ HTTP/1.10",
    "version 2.0": b"PUT @PATH@ HTTP/2.0",
    "no version": b"PUT @PATH@",
    "two blanks": b"PUT  @PATH@ HTTP/1.1",
    "a tab": b"PUT\t@PATH@ HTTP/1.1",
    "blank in the path": b"PUT @PATH@ x HTTP/1.1",
    "blank first": b" PUT @PATH@ HTTP/1.1",
    "blank last": b"PUT @PATH@ HTTP/1.1 ",
    "NUL in the path": b"PUT @PATH@\x00 HTTP/1.1",
    "CR in the path": b"PUT @PATH@\r HTTP/1.1",
    "LF in the path": b"PUT @PATH@\n HTTP/1.1",
    "method that is no token": b"PU(T @PATH@ HTTP/1.1",
    "no method": b" @PATH@ HTTP/1.1",
    "CONNECT": b"CONNECT gateway:443 HTTP/1.1",
    "HTTP/2's preface": b"PRI * HTTP/2.0",
    "bytes above 127 in the path": b"PUT @PATH@\xfc HTTP/1.1",
    "PROXY": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nPUT @PATH@ HTTP/1.1",
    "a bare CR first": b"\rPUT @PATH@ HTTP/1.1",
    "a bare CR at its end": b"PUT @PATH@ HTTP/1.1\r",
}
_CHUNKS = {
    "negative": b"-5\r\n@BODY@\r\n0\r\n\r\n",
    "a plus": b"+@SIZE@\r\n@BODY@\r\n0\r\n\r\n",
    "0x": b"0x@SIZE@\r\n@BODY@\r\n0\r\n\r\n",
    "underscore": b"0_@SIZE@\r\n@BODY@\r\n0\r\n\r\n",
    "blank first": b" @SIZE@\r\n@BODY@\r\n0\r\n\r\n",
    "no size": b"\r\n@BODY@\r\n0\r\n\r\n",
    "no digit": b"zz\r\n@BODY@\r\n0\r\n\r\n",
    "seventeen digits": b"10000000000000000@SIZE@\r\n@BODY@\r\n0\r\n\r\n",
    "ended by LF": b"@SIZE@\n@BODY@\r\n0\r\n\r\n",
    "ended by CR": b"@SIZE@\r@BODY@\r\n0\r\n\r\n",
    "LF in an extension": b"@SIZE@;a\nb\r\n@BODY@\r\n0\r\n\r\n",
    "bare CR in an extension": b"@SIZE@;a\rb\r\n@BODY@\r\n0\r\n\r\n",
    "NUL in an extension": b"@SIZE@;a\x00b\r\n@BODY@\r\n0\r\n\r\n",
    "data longer than its size": b"@SIZE@\r\n@BODY@XX\r\n0\r\n\r\n",
    "data ended by LF": b"@SIZE@\r\n@BODY@\n0\r\n\r\n",
    "no end of data": b"@SIZE@\r\n@BODY@0\r\n\r\n",
    "folded trailer": b"@SIZE@\r\n@BODY@\r\n0\r\nX: a\r\n b\r\n\r\n",
    "NUL in a trailer": b"@SIZE@\r\n@BODY@\r\n0\r\nX: a\x00\r\n\r\n",
    "last chunk ended by LF": b"@SIZE@\r\n@BODY@\r\n0\n\n",
}
REFUSED = (
    *(Case(f"length: {name}", put(*lines)) for name, lines in _LENGTHS.items()),
    *(Case(f"encoding: {name}", put(*lines, body=WHOLE)) for name, lines in _ENCODINGS.items()),
    *(Case(f"line: {name}", put(line, CL)) for name, line in _LINES.items()),
    *(Case(f"first line: {name}", put(CL, first=line)) for name, line in _FIRST.items()),
    *(Case(f"chunk: {name}", chunked(body)) for name, body in _CHUNKS.items()),
    Case("line: blank before the first", put(b"X: y", CL, first=b"PUT @PATH@ HTTP/1.1\r\n Y: z")),
    Case("line: every end is LF", put(CL).replace(b"\r\n", b"\n")),
    Case("line: the last end is LF", put(CL).replace(b"\r\n\r\n", b"\r\n\n")),
    Case("line: every end is CR", put(CL).replace(b"\r\n", b"\r")),
    Case("Host: none", put(CL, host=False)),
    Case("HTTP/1.0 with chunks", put(TE, first=b"PUT @PATH@ HTTP/1.0", body=WHOLE)),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 506),
    Case("head of 80 KiB in one line", put(b"X: " + b"y" * 80_000, CL)),
    Case("head of 80 KiB in many lines", put(*[b"X: y"] * 16_000, CL)),
    Case("path of 80 KiB", put(CL, first=b"PUT @PATH@?" + b"y" * 80_000 + b" HTTP/1.1")),
    Case("80 KiB of empty lines", b"\r\n" * 40_000 + put(CL)),
)
"""What no two parsers may read in two ways, and what has no end."""

CASES = (*TAKEN, *REFUSED)
