"""A record in Designate, in a zone that is there. Needs openstacksdk and credentials of the zone's project.

The record's description says which resource made it. The page about the gallery has its properties.
"""

from urllib.parse import urlencode

import openstack
from common import RefusedError, answer, mark, required

_GONE = 404


def handler(event, _context):
    """Answer a request for a record."""
    ours = f"custom resource {mark(event)}"

    def make(thing, properties):
        zone, name, kind = _parts(thing)
        records = required(properties, "Records")
        wanted = {"records": records if isinstance(records, list) else [records], "description": ours}
        if properties.get("Ttl"):
            wanted["ttl"] = int(properties["Ttl"])
        designate = _Designate()
        zone_id = designate.zone(zone)
        if zone_id is None:
            raise RefusedError(f"There is no zone {zone}")
        found = designate.record(zone_id, name, kind)
        if found and found["description"] != ours:
            raise RefusedError(f"There is a record {name} {kind} already, and it is not this resource's")
        if found:
            designate.call("PUT", f"zones/{zone_id}/recordsets/{found['id']}", json=wanted)
        else:
            designate.call("POST", f"zones/{zone_id}/recordsets", json={"name": name, "type": kind, **wanted})
        return {"Data": {"Name": name.rstrip("."), "Fqdn": name}}

    def remove(thing):
        zone, name, kind = _parts(thing)
        designate = _Designate()
        zone_id = designate.zone(zone) if kind else None
        found = designate.record(zone_id, name, kind) if zone_id else None
        if found and found["description"] == ours:
            designate.call("DELETE", f"zones/{zone_id}/recordsets/{found['id']}", but=_GONE)

    return answer(event, name=_name, make=make, remove=remove)


def _name(properties):
    zone, name = (str(required(properties, word)).rstrip(".") + "." for word in ("Zone", "Name"))
    if name != zone and not name.endswith(f".{zone}"):
        raise RefusedError(f"{name} is not in the zone {zone}")
    return f"dns/{zone}/{name}/{properties.get('Type') or 'A'}"


def _parts(thing):
    """Return the zone, the name and the type of an id; empty where it is no id of ours."""
    parts = thing.split("/")
    ours = len(parts) == len(("dns", "zone", "name", "type")) and parts[0] == "dns"
    return parts[1:] if ours else ["", "", ""]


class _Designate:
    """The DNS service, for the project whose credentials the handler has."""

    def __init__(self):
        self._session = openstack.connect().dns

    def zone(self, name):
        """Return a zone's id, None where there is no such zone."""
        return next((zone["id"] for zone in self._found("zones", "zones", name=name)), None)

    def record(self, zone_id, name, kind):
        """Return a record, None where there is no such record."""
        return next(iter(self._found(f"zones/{zone_id}/recordsets", "recordsets", name=name, type=kind)), None)

    def _found(self, path, what, **query):
        """Return what is equal to the query: Designate takes an asterisk for any text."""
        found = self.call("GET", f"{path}?{urlencode(query)}").json()[what]
        return [one for one in found if all(one[key].lower() == query[key].lower() for key in query)]

    def call(self, method, path, *, but=None, **more):
        """Do one call; a status but those below 300 is an error, except one."""
        answered = self._session.request(f"/{path}", method, raise_exc=False, **more)
        if not answered.ok and answered.status_code != but:
            raise RefusedError(f"Designate: {method} {path}: {answered.status_code} {answered.text[:300]}")
        return answered
