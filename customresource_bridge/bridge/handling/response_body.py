"""Encodes a response as it is PUT, within the limit on its size: pure."""

import json

from customresource_bridge.protocol import Response, limits
from customresource_bridge.protocol.printing import mended


def encoded(response: Response) -> bytes:
    """Return a response's bytes; of one that is too large, those of a FAILED that says so."""
    body = _json(response)
    if len(body) <= limits.MAX_RESPONSE_BYTES:
        return body
    failed = Response.failed(
        response.identity,
        f"The response has {len(body)} bytes, the limit is {limits.MAX_RESPONSE_BYTES}: return less data",
        physical_resource_id=response.physical_resource_id,
    )
    return _json(failed)


def _json(response: Response) -> bytes:
    # As the receiver counts it: a letter beyond ASCII, escaped, would take up to three times its bytes.
    return mended(json.dumps(response.to_dict(), ensure_ascii=False, separators=(",", ":"))).encode()
