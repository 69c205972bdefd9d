"""The APIs that the gallery's handlers call, each as far as they call it, in memory. What is made can be looked at."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


def said(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


@dataclass
class FakeAPI:
    """What an API has.

    :ivar things: what is there, by its id.
    :ivar made: how many things were made, ever.
    :ivar filters: whether a list is of what was asked for, and not of everything.
    """

    things: dict[str, Any] = field(default_factory=dict)
    made: int = 0
    filters: bool = True

    def make(self, **thing: Any) -> dict[str, Any]:
        self.made += 1
        made = {"id": self.made, **thing}
        self.things[str(self.made)] = made
        return made

    def where(self, **wanted: str) -> list[Any]:
        """Return what is as wanted; an asterisk stands for any text."""
        patterns = wanted.items() if self.filters else ()
        return [
            thing for thing in self.things.values() if all(fnmatchcase(thing[key], value) for key, value in patterns)
        ]

    def one(self, name: str, method: str, changes: dict[str, Any] | None) -> Response:
        """Answer what concerns one thing."""
        if name not in self.things:
            return said({"detail": "Not found."}, 404)
        if method == "DELETE":
            del self.things[name]
            return Response(status=204)
        self.things[name].update(changes or {})
        return said(self.things[name])


def serve(server: HTTPServer, path: str, answer: Callable[[Request, "re.Match[str]"], Response]) -> None:
    """Have a server answer whatever path matches the pattern as a whole."""
    pattern = re.compile(f"{path}$")

    def answered(request: Request) -> Response:
        found = pattern.fullmatch(request.path)
        return answer(request, found) if found else Response(status=404)

    server.expect_request(pattern).respond_with_handler(answered)


def consul(server: HTTPServer) -> FakeAPI:
    api = FakeAPI()

    def key(request: Request, found: "re.Match[str]") -> Response:
        name, there = found[1], api.things.get(found[1])
        if request.headers.get("X-Consul-Token") != "token":
            return Response("Permission denied", 403)
        if request.method == "GET":
            return said([there]) if there else Response(status=404)
        if int(request.args["cas"]) != (there["ModifyIndex"] if there else 0):
            return said(False)
        if request.method == "DELETE":
            del api.things[name]
            return said(True)
        api.made += there is None
        value, index = b64encode(request.data).decode(), (there["ModifyIndex"] if there else 0) + 1
        api.things[name] = {"Key": name, "Value": value, "Flags": int(request.args["flags"]), "ModifyIndex": index}
        return said(True)

    serve(server, "/consul/v1/kv/(.+)", key)
    return api


def netbox(server: HTTPServer) -> FakeAPI:
    api, prefixes = FakeAPI(), {"192.0.2.0/24": 7}

    def addresses(request: Request, _found: Any) -> Response:
        return said({"results": api.where(description=request.args["description"])})

    def address(request: Request, found: "re.Match[str]") -> Response:
        return api.one(found[1], request.method, request.get_json() if request.data else None)

    def prefix(request: Request, _found: Any) -> Response:
        found = [{"id": number} for name, number in prefixes.items() if name == request.args["prefix"]]
        return said({"results": found})

    def free(request: Request, _found: Any) -> Response:
        return said(api.make(address=f"192.0.2.{api.made + 1}/24", **request.get_json()), 201)

    serve(server, "/netbox/api/ipam/ip-addresses/", addresses)
    serve(server, "/netbox/api/ipam/ip-addresses/([0-9]+)/", address)
    serve(server, "/netbox/api/ipam/prefixes/", prefix)
    serve(server, "/netbox/api/ipam/prefixes/7/available-ips/", free)
    return api


def licenses(server: HTTPServer) -> FakeAPI:
    api = FakeAPI()

    def several(request: Request, _found: Any) -> Response:
        if request.method == "GET":
            return said(api.where(reference=request.args["reference"]))
        if request.get_json()["seats"] > 100:
            return said({"error": "no more than 100 seats"}, 422)
        assert request.headers["Idempotency-Key"]
        return said(api.make(key=f"key-{api.made}", **request.get_json()), 201)

    def one(request: Request, found: "re.Match[str]") -> Response:
        return api.one(found[1], request.method, request.get_json() if request.data else None)

    serve(server, "/licenses/licenses", several)
    serve(server, "/licenses/licenses/([0-9]+)", one)
    return api


def designate(server: HTTPServer, path: str) -> FakeAPI:
    api, zones = FakeAPI(), {"example.org.": "zone-1"}

    def versions(_request: Request, _found: Any) -> Response:
        return said({"versions": [{"id": "v2", "status": "CURRENT", "links": [{"rel": "self", "href": f"{url}/v2"}]}]})

    def zone(request: Request, _found: Any) -> Response:
        found = [name for name in zones if fnmatchcase(name, request.args["name"])]
        return said({"zones": [{"id": zones[name], "name": name} for name in found]})

    def records(request: Request, _found: Any) -> Response:
        if request.method == "GET":
            return said({"recordsets": api.where(name=request.args["name"], type=request.args["type"])})
        if request.get_json()["records"] == ["nonsense"]:
            return said({"message": "Provided object does not match schema"}, 400)
        return said(api.make(**request.get_json()), 202)

    def record(request: Request, found: "re.Match[str]") -> Response:
        return api.one(found[1], request.method, request.get_json() if request.data else None)

    url = server.url_for(path)
    serve(server, f"{path}/?", versions)
    serve(server, f"{path}/v2/zones", zone)
    serve(server, f"{path}/v2/zones/zone-1/recordsets", records)
    serve(server, f"{path}/v2/zones/zone-1/recordsets/([0-9]+)", record)
    return api


def swift(server: HTTPServer, path: str) -> FakeAPI:
    api, containers = FakeAPI(), set()
    owner = "X-Object-Meta-Custom-Resource"

    def container(_request: Request, found: "re.Match[str]") -> Response:
        containers.add(found[1])
        return Response(status=201)

    def stored(request: Request, found: "re.Match[str]") -> Response:
        name, there = found[2], api.things.get(found[2])
        if request.method == "PUT":
            if found[1] not in containers:
                return Response(status=404)
            if there and request.headers.get("If-None-Match") == "*":
                return Response(status=412)
            api.made += there is None
            api.things[name] = {"text": request.data.decode(), "owner": request.headers[owner]}
            return Response(status=201, headers={"Etag": "etag"})
        if there is None:
            return Response(status=404)
        if request.method == "DELETE":
            del api.things[name]
            return Response(status=204)
        return Response(status=200, headers={owner: there["owner"]})

    serve(server, f"{path}/([^/]+)", container)
    serve(server, f"{path}/([^/]+)/(.+)", stored)
    return api
