"""accustom itself, unmodified, in the form that its own quickstart has: there it calls itself by Lambda's API."""

import json
from pathlib import Path

from functional.gateway import installed
from pytest_httpserver import HTTPServer

from customresource_bridge.provider.ending import Returned
from customresource_bridge.provider.runner import HandlerSpec, run
from customresource_bridge.testing import a_request

SUMS = """
import accustom


@accustom.sdecorator(expectedProperties=["One", "Two"])
def handler(event, context):
    assert set(event["ResourceProperties"]) == {"One", "Two"}
    return {"Sum": int(event["ResourceProperties"]["One"]) + int(event["ResourceProperties"]["Two"])}
"""


def test_a_function_that_would_call_itself_runs_here(tmp_path: Path, httpserver: HTTPServer) -> None:
    (tmp_path / "sums.py").write_text(SUMS)
    httpserver.expect_request("/answer", method="PUT").respond_with_data()
    lines: list[str] = []
    event = a_request("Create", properties={"One": "1", "Two": "2"}).to_dict()
    event |= {"ResponseURL": httpserver.url_for("/answer")}
    spec = HandlerSpec(name="sums:handler", folder=tmp_path, python=str(installed.python()))
    assert isinstance(run(spec, event, seconds=60, show=lines.append), Returned), lines
    ((request, _response),) = httpserver.log
    answer = json.loads(request.get_data())
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Sum": 3}), answer
