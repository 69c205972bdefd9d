"""A provider's handler fails: its log, the resource's reason and its event lead to each other by one RequestId."""

import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest
from functional import bridge_process
from functional.gateway.cloud import CloudGateway
from functional.gateway.tenant import Tenant
from functional.tenant import until
from standalone import logged_in

from customresource_bridge.clients.zaqar.zaqar import Zaqar

HANDLER = """
def handler(event, context):
    if event["RequestType"] != "Delete":
        raise RuntimeError("No zone is left")
    return {"Status": "SUCCESS"}
"""


@pytest.fixture
def tenant(gateway_cloud: CloudGateway) -> Tenant:
    return Tenant(gateway_cloud.demo)


def test_a_failing_handler_s_log_reason_and_event_carry_one_request_id(
    gateway_cloud: CloudGateway, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "zones.py").write_text(HANDLER)
    queue, log = f"zones-{uuid.uuid4().hex[:8]}", tmp_path / "provider.log"
    words = ["provider", "--queue", queue, "--handler", "zones:handler", "--allowed-base", gateway_cloud.base]
    words += ["--ca-file", str(gateway_cloud.ca_file)]
    environ = bridge_process.environment()
    with log.open("w") as output:
        command = [str(bridge_process.PROGRAM), *words]
        process = subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=output, stderr=output)  # noqa: S603
    stack = tenant.create(f"zaqar:{queue}")
    try:
        assert tenant.ends(stack) == "CREATE_FAILED", log.read_text()
        reason = tenant.reason(stack)
        assert "No zone is left" in reason
        (request_id,) = re.findall(r"\(RequestId: ([0-9a-f-]{36})\)$", reason)
        told = [event.resource_status_reason for event in tenant.heat.events.list(stack, resource_name="thing")]
        assert [request_id in text for text in told if "No zone is left" in text] == [True]
        assert f"[{request_id}] Traceback" in log.read_text()
        assert is_listed(queue)
    finally:
        tenant.delete(stack)
        assert tenant.ends(stack) == "DELETE_COMPLETE"
        process.terminate()
        assert process.wait(60) == 0
        Zaqar.from_session(logged_in("demo")).delete_queue(queue)
    until(lambda: not is_listed(queue), "it said that it ended", seconds=60)


def is_listed(queue: str) -> bool:
    words = ["openstack", "customresource", "bridge", "list", "-f", "json"]
    done = bridge_process.command(*words, environ=bridge_process.environment())
    assert done.returncode == 0, done.stderr
    return ("provider", queue) in [(row["Mode"], row["Queue"]) for row in json.loads(done.stdout)]
