from http import HTTPStatus

from customresource_bridge.gateway.http.application import HTTPResponse
from customresource_bridge.gateway.http.responses import as_bytes

RESPONSE = HTTPResponse(HTTPStatus.SERVICE_UNAVAILABLE, b"later\n", (("Retry-After", "5"),))


def test_status_headers_length_and_date_come_before_the_body() -> None:
    assert as_bytes(RESPONSE, keep=True, now=0.9) == (
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 6\r\n"
        b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nlater\n"
    )


def test_the_last_one_says_so_and_head_has_no_body() -> None:
    raw = as_bytes(RESPONSE, keep=False, bodiless=True, now=0)
    assert raw.endswith(b"Connection: close\r\n\r\n")
    assert b"Content-Length: 6\r\n" in raw
