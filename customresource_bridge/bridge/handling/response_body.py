"""Encodes a response as it is PUT, within the limit on its size: pure."""

import json

from customresource_bridge.protocol import Response, limits


def encoded(response: Response) -> bytes:
    """Return a response's bytes; of one that is too large, those of a FAILED that says so."""
    body = json.dumps(response.to_dict(), separators=(",", ":")).encode()
    if len(body) <= limits.MAX_RESPONSE_BYTES:
        return body
    failed = Response.failed(
        response.identity,
        f"The response has {len(body)} bytes, the limit is {limits.MAX_RESPONSE_BYTES}: return less data",
        physical_resource_id=response.physical_resource_id,
    )
    return json.dumps(failed.to_dict(), separators=(",", ":")).encode()
