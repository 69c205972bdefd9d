"""The workflows that the documents print keep the contract: no reader's first handler leaves a stack behind.

Each is run by Mistral itself for what a stack's life may bring: a Create with and without the property, and a Delete
after either, whatever became of the Create, and once more.
"""

import json
from typing import Any

import pages
import pytest
import yaml
from functional.tenant import Tenant
from functional.workflow_runs import ended

from customresource_bridge.protocol import ids
from customresource_bridge.testing import a_request

REFUSES_EVERY_CREATE = {"docs/how-to/a-stack-hangs.md"}
CHECKS = {"docs/how-to/check-for-drift.md"}
"""What they print is for the phase check alone."""


def printed() -> list[Any]:
    """Return each printed workflow, with the name of its page."""
    found = []
    for page in pages.names():
        for language, text in pages.blocks(page):
            if language == "yaml" and text.startswith("version: '2.0'"):
                found += [pytest.param(page, name, text, id=f"{page}-{name}") for name in yaml.safe_load(text)][1:]
    return found


PRINTED = [param for param in printed() if param.values[0] not in CHECKS]
PRINTED_CHECKS = [param for param in printed() if param.values[0] in CHECKS]


def test_there_are_some() -> None:
    assert {param.values[0] for param in PRINTED} >= {"README.md", *REFUSES_EVERY_CREATE}
    assert {param.values[0] for param in PRINTED_CHECKS} == CHECKS


@pytest.mark.parametrize("properties", [{"Name": "World"}, {}], ids=["named", "nameless"])
@pytest.mark.parametrize(("page", "name", "text"), PRINTED)
def test_a_delete_succeeds_whatever_became_of_the_create(
    page: str, name: str, text: str, properties: dict[str, Any], tenant_project: Tenant
) -> None:
    ours = f"printed_{name}"
    tenant_project.upload(text.replace(f"{name}:", f"{ours}:", 1))
    create = a_request("Create", properties=properties)
    created = ended(tenant_project, ours, create)
    if page in REFUSES_EVERY_CREATE or not properties:
        assert created["Status"] == "FAILED"
        assert created["Reason"]
    else:
        assert created["Status"] == "SUCCESS", created
    derived = ids.default_physical_resource_id(
        stack_id=create.stack_id, logical_resource_id=create.logical_resource_id, request_id=create.request_id
    )
    for thing in (created.get("PhysicalResourceId") or derived, "never-made"):
        delete = a_request("Delete", properties=properties, physical_resource_id=thing)
        assert ended(tenant_project, ours, delete)["Status"] == "SUCCESS"
    tenant_project.mistral.delete(f"/workflows/{ours}")


@pytest.mark.parametrize(("page", "name", "text"), PRINTED_CHECKS)
def test_a_check_says_what_is_not_as_it_should_be(page: str, name: str, text: str, tenant_project: Tenant) -> None:
    assert text.partition(f"{name}:")[2].strip() in (pages.ROOT / "workflows" / "note.yaml").read_text(), page
    ours, note = f"printed_{name}", f"printed-{name}"
    tenant_project.upload(text.replace(f"{name}:", f"{ours}:", 1))
    tenant_project.mistral.post("/environments", json={"name": note, "variables": json.dumps({"Text": "milk"})})

    def check(wanted: str) -> tuple[str, str]:
        request = a_request("Check", properties={"text": wanted}, physical_resource_id=note)
        answer = ended(tenant_project, ours, request)
        return answer["Status"], answer["Reason"]

    assert check("milk") == ("SUCCESS", "The note is as it should be")
    assert check("bread") == ("FAILED", "The note says 'milk'")
    tenant_project.mistral.delete(f"/environments/{note}")
    assert check("milk") == ("FAILED", "The note is gone")
    tenant_project.mistral.delete(f"/workflows/{ours}")
