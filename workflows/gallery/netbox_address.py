"""An address of a prefix in NetBox, the next one that is free. Standard library alone.

NetBox gives the address; which resource has it is said in its description, by which it is found again. The page about
the gallery has its properties.
"""

import os
from urllib.parse import urlencode

from common import RefusedError, answer, call, mark, required

_SAYS = "custom resource "


def handler(event, _context):
    """Answer a request for an address."""

    def name(properties):
        return f"netbox/{mark(event, required(properties, 'Prefix'))}"

    def make(thing, properties):
        wanted = {"description": _description(thing), "dns_name": properties.get("DnsName", "")}
        found = _addresses(thing)
        if found:
            address = _call("PATCH", f"ip-addresses/{found[0]['id']}/", wanted)
        else:
            address = _call("POST", f"prefixes/{_prefix(properties['Prefix'])}/available-ips/", wanted)
        return {"Data": {"Address": address["address"].partition("/")[0], "Cidr": address["address"]}}

    def remove(thing):
        for address in _addresses(thing) if thing.startswith("netbox/") else ():
            _call("DELETE", f"ip-addresses/{address['id']}/", but=(404,))

    return answer(event, name=name, make=make, remove=remove)


def _description(thing):
    return _SAYS + thing.partition("/")[2]


def _addresses(thing):
    found = _call("GET", "ip-addresses/?" + urlencode({"description": _description(thing)}))["results"]
    return [one for one in found if one["description"] == _description(thing)]  # whatever the API made of the filter


def _prefix(prefix):
    found = _call("GET", "prefixes/?" + urlencode({"prefix": prefix}))["results"]
    if len(found) != 1:
        raise RefusedError(f"NetBox has {len(found)} prefixes {prefix}: it takes one")
    return found[0]["id"]


def _call(method, path, body=None, *, but=()):
    url = f"{os.environ['NETBOX_URL'].rstrip('/')}/api/ipam/{path}"
    return call(method, url, body, headers={"Authorization": f"Token {os.environ['NETBOX_TOKEN']}"}, but=but)
