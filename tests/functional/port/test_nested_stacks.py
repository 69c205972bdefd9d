"""A template and that of its nested stack, ported together: Heat takes them as they were written, and they complete."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from functional.bridge_process import command, environment
from functional.tenant import Stack, Tenant

from customresource_bridge.port.names import workflow_name

PARENT = """\
Parameters: {Size: {Type: String, Default: '1'}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: inner/child.yaml, Parameters: {Size: !Ref Size}}
  After:
    Type: Custom::After
    Properties: {ServiceToken: !GetAtt Inner.Outputs.Who, Of: !GetAtt Inner.Outputs.Made}
Outputs: {Made: {Value: !GetAtt Inner.Outputs.Made}, After: {Value: !Ref After}}
"""
CHILD = """\
Parameters: {Size: {Type: Number}}
Resources:
  Shelf: {Type: Custom::NestedShelf, Properties: {ServiceToken: 'arn:aws:lambda:x', Size: !Ref Size}}
Outputs: {Made: {Value: !GetAtt Shelf.Serial}, Who: {Value: 'arn:aws:lambda:x'}}
"""


@pytest.mark.usefixtures("running_bridge")
def test_a_nested_stack_is_asked_about_created_and_deleted_with_its_parent(tenant: Tenant, tmp_path: Path) -> None:
    shelf = workflow_name("parent", "inner-child", "NestedShelf")
    tenant.mistral.delete(f"/workflows/{shelf}", raise_exc=False)  # of a former run on this cloud
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "child.yaml").write_text(CHILD)
    (tmp_path / "parent.yaml").write_text(PARENT)
    out = tmp_path / "out"
    ((reason, blocks),) = said(out, tmp_path / "parent.yaml").items()
    assert blocks, reason
    assert shelf in reason
    (workflow,) = out.glob("workflows/*NestedShelf.yaml")
    tenant.upload(workflow.read_text())
    ((reason, blocks),) = said(out, tmp_path / "parent.yaml").items()
    assert not blocks, reason
    name = f"e2e-{uuid4().hex[:10]}"
    run("openstack", "stack", "create", "--wait", "-t", str(out / "template.yaml"), name)
    stack = Stack(tenant, str(tenant.heat.get(f"/stacks/{name}").json()["stack"]["id"]), name)
    tenant.stacks.append(stack)
    assert stack.outputs()["Made"] == "the Serial"
    assert stack.outputs()["After"].startswith("After-")
    stack.delete()


def run(*words: str) -> str:
    done = command(*words, environ=environment(), seconds=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said(out: Path, source: Path) -> Any:
    """Port, asking Heat, and return what it says of the preview."""
    words = ["customresource-bridge", "port", str(source), "--output-dir", str(out), "--cloud", "--json"]
    report = json.loads(run(*words))
    return {f["reason"]: f["blocks"] for f in report["findings"] if f["construct"] == "stack preview"}
