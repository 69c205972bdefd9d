"""A license in a third party's API, as a pattern for any API that makes things by POST and has keys of idempotency.

Standard library alone. The license carries this resource's reference, by which it is found again; a POST whose answer
was lost is safe to send again by its Idempotency-Key. The page about the gallery has the properties.
"""

import os
from urllib.parse import urlencode

from common import answer, call, mark, required


def handler(event, _context):
    """Answer a request for a license."""

    def name(properties):
        return f"license/{mark(event, required(properties, 'Product'))}"

    def make(thing, properties):
        wanted = {"product": properties["Product"], "seats": int(properties.get("Seats", 1)), "reference": thing}
        found = _licenses(thing)
        if found:
            ours = _call("PATCH", f"/licenses/{found[0]['id']}", {"seats": wanted["seats"]})
        else:
            ours = _call("POST", "/licenses", wanted, headers={"Idempotency-Key": event["RequestId"]})
        return {"Data": {"Key": ours["key"], "Seats": ours["seats"]}, "NoEcho": True}

    def remove(thing):
        for ours in _licenses(thing) if thing.startswith("license/") else ():
            _call("DELETE", f"/licenses/{ours['id']}", but=(404,))

    return answer(event, name=name, make=make, remove=remove)


def _licenses(thing):
    found = _call("GET", "/licenses?" + urlencode({"reference": thing}))
    return [one for one in found if one["reference"] == thing]  # whatever the API made of the filter


def _call(method, path, body=None, *, headers=None, but=()):
    token = {"Authorization": f"Bearer {os.environ['LICENSE_TOKEN']}"}
    return call(
        method, os.environ["LICENSE_URL"].rstrip("/") + path, body, headers={**token, **(headers or {})}, but=but
    )
