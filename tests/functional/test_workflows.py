"""The workflows in the repository, judged by Mistral itself; and what Mistral says of workflows that fail."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from functional.tenant import Tenant, until
from functional.workflow_runs import ended

from customresource_bridge.protocol.answers.reason import readable_reason
from customresource_bridge.testing import a_request

ROOT = Path(__file__).parents[2]
DEFINITIONS = sorted(
    [*ROOT.glob("workflows/**/*.yaml"), *ROOT.glob("tests/**/workflows.yaml"), *ROOT.glob("tests/bench/*.yaml")]
)
STATE_INFO = ROOT / "tests" / "data" / "state_info"
RECORDED = json.loads((STATE_INFO / "recorded.json").read_text())
TEXT = {"Content-Type": "text/plain"}
VARYING = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|0x[0-9a-f]+|http://[^ '\"]*|port=\d+|req-|'elapsed'.*"
)


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.name)
def test_mistral_takes_it(tenant_project: Tenant, path: Path) -> None:
    judged = tenant_project.mistral.post("/workflows/validate", data=path.read_text(), headers=TEXT).json()
    assert judged == {"valid": True}


@pytest.mark.parametrize("path", sorted(ROOT.glob("workflows/**/*.yaml")), ids=lambda path: path.name)
def test_an_example_says_what_it_is_and_answers_only_what_it_means_to(path: Path) -> None:
    for name, workflow in yaml.safe_load(path.read_text()).items():
        if name == "version":
            continue
        assert workflow["description"].startswith("Custom resource handler"), name
        assert workflow["input"] == ["request"], name
        # Without an output, Mistral answers every variable; only who publishes none may leave it out.
        published = [task for task in workflow["tasks"].values() if "publish" in task]
        assert "output" in workflow or not published, name


def test_a_record_that_was_changed_or_is_gone_fails_its_check(tenant_project: Tenant) -> None:
    text = (ROOT / "workflows" / "record.yaml").read_text()
    tenant_project.upload(text.replace("\nrecord:\n", "\nchecked_record:\n"))
    asked: dict[str, Any] = {"properties": {"Name": "checked", "Address": "192.0.2.1"}}
    assert ended(tenant_project, "checked_record", a_request("Create", **asked))["Status"] == "SUCCESS"
    asked["physical_resource_id"] = "record-checked"

    def check(**changed: str) -> tuple[str, str | None]:
        request = a_request("Check", **{**asked, "properties": {**asked["properties"], **changed}})
        answer = ended(tenant_project, "checked_record", request)
        return answer["Status"], answer.get("Reason")

    assert check()[0] == "SUCCESS"
    assert check(Address="192.0.2.2") == ("FAILED", "The record has the address '192.0.2.1'")
    assert ended(tenant_project, "checked_record", a_request("Delete", **asked))["Status"] == "SUCCESS"
    assert check() == ("FAILED", "The record is gone")
    tenant_project.mistral.delete("/workflows/checked_record")


@pytest.fixture(scope="module")
def failed(tenant_project: Tenant) -> dict[str, dict[str, Any]]:
    """Each of the failing workflows, run to its end."""
    mistral = tenant_project.mistral
    tenant_project.upload((STATE_INFO / "failures.yaml").read_text())
    keystone = tenant_project.session.get_endpoint(service_type="identity").removesuffix("/v3").rstrip("/")
    started = {
        name: mistral.post(
            "/executions",
            json={"workflow_name": name, "input": {"http": keystone} if "_http_404" in name else {}},
        ).json()["id"]
        for name in RECORDED
    }

    def ended(execution_id: str) -> Any:
        execution = mistral.get(f"/executions/{execution_id}").json()
        return execution if execution["state"] in {"SUCCESS", "ERROR"} else None

    return {name: until(lambda: ended(started[name]), f"{name} ends") for name in started}  # noqa: B023 - used at once


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_mistral_still_words_a_failure_as_recorded(failed: dict[str, dict[str, Any]], name: str) -> None:
    execution, recorded = failed[name], RECORDED[name]
    assert execution["state"] == recorded["state"]
    assert _told(execution["state_info"]) == _told(recorded["state_info"])


def _told(state_info: str | None) -> list[str]:
    # Mistral gives the failed actions of one task in no certain order.
    return sorted(VARYING.sub("-", readable_reason(state_info)).split("; "))
