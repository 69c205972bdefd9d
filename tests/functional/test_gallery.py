"""The gallery's workflows keep the contract, played by Mistral itself with the page's own examples."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pages
import pytest
import yaml
from functional.tenant import Tenant
from functional.workflow_runs import ended
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.cmd.main import main
from customresource_bridge.testing import a_request

GALLERY = pages.ROOT / "workflows" / "gallery"
(EXAMPLE,) = [
    yaml.safe_load(text)["told"]["properties"]
    for language, text in pages.blocks("docs/how-to/use-the-gallery.md")
    if language == "yaml" and text.startswith("told:")
]


def test_a_webhook_is_told_each_request_by_its_id_and_again_until_it_has_heard(
    tenant_project: Tenant, httpserver: HTTPServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    def answer(request: Request) -> Response:
        told.append((request.headers["Idempotency-Key"], request.get_json()))
        return Response(status=503 if len(told) == 1 else 204)

    httpserver.expect_request("/hooks/stacks", method="POST").respond_with_handler(answer)
    tenant_project.upload((GALLERY / "webhook.yaml").read_text())
    url = {"Url": httpserver.url_for("/hooks/stacks")}
    words = ["conformance", "--workflow", "webhook", "--os-cloud", "demo", "--json"]
    for option, changed in {
        "properties": {},
        "changed-properties": {"Message": "more"},
        "refused-properties": {},
    }.items():
        properties = {**EXAMPLE, **url, **changed} if option != "refused-properties" else {"Message": "to nobody"}
        (tmp_path / option).write_text(json.dumps(properties))
        words += [f"--{option}", str(tmp_path / option)]
    code = main(words)
    result = json.loads(capsys.readouterr().out)
    tenant_project.mistral.delete("/workflows/webhook")
    assert (code, result["conforms"]) == (0, True), result
    steps = {item["step"]: item for item in result["exchanges"]}
    assert steps["Create that is to fail"]["reason"] == "Property Url is missing"
    assert told[0] == told[1] == told[2]  # not heard, heard, delivered again
    assert told[0][1] | {"StackId": "", "LogicalResourceId": ""} == {
        "RequestType": "Create",
        "StackId": "",
        "LogicalResourceId": "",
        "Message": EXAMPLE["Message"],
    }
    assert [body["RequestType"] for _, body in told[3:]] == ["Update", "Update", "Delete", "Delete", "Delete"]
    assert len({key for key, _ in told}) == 5


@pytest.mark.parametrize("status", [302, 308])  # what Mistral takes for a success, and what it does not
def test_an_address_that_redirects_is_told_again_and_heard_by_nobody_else(
    status: int, tenant_project: Tenant, httpserver: HTTPServer
) -> None:
    tries: list[str] = []

    def answer(request: Request) -> Response:
        tries.append(request.get_json()["RequestType"])
        return Response(status=status, headers={"Location": httpserver.url_for("/elsewhere")})

    httpserver.expect_request("/hooks/stacks", method="POST").respond_with_handler(answer)
    name = f"webhook_{status}"
    tenant_project.upload((GALLERY / "webhook.yaml").read_text().replace("\nwebhook:", f"\n{name}:"))
    properties = {**EXAMPLE, "Url": httpserver.url_for("/hooks/stacks"), "Tries": "2"}

    def came_of(kind: str) -> dict[str, Any]:
        return ended(tenant_project, name, a_request(kind, properties=properties))

    with ThreadPoolExecutor() as pool:
        create, delete = pool.map(came_of, ["Create", "Delete"])
    tenant_project.mistral.delete(f"/workflows/{name}")
    assert (create["Status"], create["Reason"]) == ("FAILED", f"The address answered {status}")
    assert delete["Status"] == "SUCCESS"
    assert sorted(tries) == ["Create", "Create", "Delete", "Delete"]
    assert not [request for request, _ in httpserver.log if request.path != "/hooks/stacks"]
