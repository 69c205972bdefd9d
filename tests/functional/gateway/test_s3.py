"""A handler that was written for AWS's S3 keeps its objects in a real Swift, by a project's own EC2 key pair."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from functional import bridge_process
from functional.gateway import installed
from functional.gateway.cloud import CloudGateway
from functional.gateway.object_store import object_store
from functional.gateway.tenant import Tenant
from keystoneauth1 import adapter

from customresource_bridge.clients.zaqar.zaqar import Zaqar

HANDLER = """
import boto3

BUCKET = "custom-things"

def handler(event, context):
    s3 = boto3.client("s3")
    if event["RequestType"] == "Delete":
        s3.delete_object(Bucket=BUCKET, Key=event["PhysicalResourceId"])
        return {"Status": "SUCCESS"}
    key = event["ResourceProperties"]["Key"]
    if event["RequestType"] == "Create":
        s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=key, Body=event["ResourceProperties"]["Text"].encode())
    said = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return {"PhysicalResourceId": key, "Data": {"Said": said}}
"""


@pytest.fixture
def tenant(gateway_cloud: CloudGateway) -> Tenant:
    return Tenant(gateway_cloud.demo)


@pytest.fixture
def key_pair(demo: Any) -> Iterator[dict[str, str]]:
    """Return a pair as `openstack ec2 credentials create` makes it, in the variables that AWS's SDKs read."""
    keystone = adapter.Adapter(demo, service_type="identity", interface="public")
    users = f"/v3/users/{demo.get_user_id()}/credentials/OS-EC2"
    made = keystone.post(users, json={"tenant_id": demo.get_project_id()}).json()["credential"]
    yield {"AWS_ACCESS_KEY_ID": made["access"], "AWS_SECRET_ACCESS_KEY": made["secret"]}
    keystone.delete(f"{users}/{made['access']}")


def test_a_handler_of_boto3_makes_changes_replaces_and_deletes_objects_in_swift(
    gateway_cloud: CloudGateway, tenant: Tenant, key_pair: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "objects.py").write_text(HANDLER)
    (tmp_path / "s3.json").write_text(json.dumps(key_pair))
    (tmp_path / "s3.json").chmod(0o600)
    queue, log = f"objects-{uuid.uuid4().hex[:8]}", tmp_path / "provider.log"
    token = f"zaqar:{queue}"
    (tmp_path / "swift").mkdir()
    with object_store(tmp_path / "swift") as url:
        words = ["provider", "--queue", queue, "--handler", "objects:handler", "--allowed-base", gateway_cloud.base]
        words += ["--ca-file", str(gateway_cloud.ca_file), "--python", str(installed.python())]
        words += ["--environment", "s3.json", "--aws-endpoint", f"s3={url}"]
        with log.open("w") as output:
            command = [str(bridge_process.PROGRAM), *words]
            process = subprocess.Popen(  # noqa: S603
                command, cwd=tmp_path, env=bridge_process.environment(), stdout=output, stderr=output
            )
        stack = tenant.create(token, Key="one", Text="first")
        try:
            assert tenant.ends(stack) == "CREATE_COMPLETE", log.read_text()
            assert tenant.outputs(stack) == {"said": "first", "ref": "one"}
            assert objects(gateway_cloud.demo, url) == ["one"]
            tenant.update(stack, token, Key="two", Text="second")
            assert tenant.ends(stack) == "UPDATE_COMPLETE", log.read_text()
            assert tenant.outputs(stack) == {"said": "second", "ref": "two"}
            assert objects(gateway_cloud.demo, url) == ["two"]
        finally:
            tenant.delete(stack)
            assert tenant.ends(stack) == "DELETE_COMPLETE", log.read_text()
            process.terminate()
            assert process.wait(60) == 0
            Zaqar.from_session(gateway_cloud.demo).delete_queue(queue)
        assert objects(gateway_cloud.demo, url) == []
    assert key_pair["AWS_SECRET_ACCESS_KEY"] not in log.read_text()


def objects(session: Any, url: str) -> list[str]:
    """Return what the project has in the bucket, by Swift's own API."""
    account = f"{url}/v1/AUTH_{session.get_project_id()}"
    return [row["name"] for row in session.get(f"{account}/custom-things?format=json").json()]
