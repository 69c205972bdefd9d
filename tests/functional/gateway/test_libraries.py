"""Unmodified handler libraries complete, update and delete real stacks through the gateway, on https port 443.

Each library answers by itself; the provider's own answer comes after it and must have no effect.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from functional.gateway import installed
from functional.gateway.cloud import CloudGateway
from functional.gateway.tenant import Tenant, command_handler, provider, python_handler

from customresource_bridge.provider.ending import Ending, Returned
from customresource_bridge.provider.handler_calls import Run

AT_ONCE = 4
FAIL = "no such zone"
LIBRARIES = {
    "cfnresponse": FAIL,
    "crhelper": FAIL,
    "cfn-resource-provider": FAIL,
    "accustom": FAIL,
    "urllib": FAIL,
    "cfn-response": "See the details in CloudWatch Log Stream: the-log-stream",
    "cfn-custom-resource": FAIL,
    "cdk-entrypoint": f"Error: {FAIL}",
    "cdk-framework": f"{FAIL}\n\nLogs: /aws/lambda/thing",
    "curl": FAIL,
}
"""Each library, and how the Reason begins that it sends when its user's code fails with FAIL."""
NODE = {"cfn-response", "cfn-custom-resource", "cdk-entrypoint", "cdk-framework"}


@pytest.fixture(scope="module")
def lives(gateway_cloud: CloudGateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[None]]:
    """Return a life with each library. Some go on at a time: most of a life is waiting."""
    installed.python(), installed.node_modules()
    # All end before a test does: after each, pytest takes a variable out of the environment, where a reader then fails.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: pool.submit(live, name, gateway_cloud, tmp_path_factory.mktemp(name)) for name in LIBRARIES}


@pytest.mark.parametrize("library", LIBRARIES)
def test_create_update_delete_and_failure(library: str, lives: dict[str, Future[None]]) -> None:
    lives[library].result()


def live(library: str, gateway_cloud: CloudGateway, folder: Path) -> None:
    tenant = Tenant(gateway_cloud.demo)
    handle = handler(library, gateway_cloud, folder)
    with provider(tenant.zaqar, handle, base=gateway_cloud.base, ca_file=gateway_cloud.ca_file) as token:
        stack, failing = tenant.create(token, Say="hello"), tenant.create(token, Fail=FAIL)
        assert tenant.ends(stack) == "CREATE_COMPLETE"
        assert tenant.outputs(stack) == {"said": "hello", "ref": "thing-1"}
        assert tenant.ends(failing) == "CREATE_FAILED"
        assert LIBRARIES[library] in tenant.reason(failing)
        assert "handler returned" not in tenant.reason(failing)
        tenant.update(stack, token, Say="goodbye")
        assert tenant.ends(stack) == "UPDATE_COMPLETE"
        assert tenant.outputs(stack) == {"said": "goodbye", "ref": "thing-1"}
        tenant.delete(stack)
        tenant.delete(failing)
        assert tenant.ends(stack) == "DELETE_COMPLETE"
        assert tenant.ends(failing) == "DELETE_COMPLETE"


def handler(library: str, cloud: CloudGateway, folder: Path) -> Run:
    if library == "curl":
        return curl(cloud, folder)
    if library in NODE:
        node = shutil.which("node") or pytest.fail("node is needed: apt-get install nodejs npm")
        environment = {
            "HANDLER_MODULES": str(installed.node_modules()),
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
        }
        command = [node, str(installed.PINS / "run.js"), library]
        return command_handler(command, environment=environment, ca_file=cloud.ca_file)
    name = f"python_handlers:{library.replace('-', '_')}_handler"
    return python_handler(name, folder=installed.PINS, python=installed.python(), ca_file=cloud.ca_file)


def curl(cloud: CloudGateway, folder: Path) -> Run:
    def handle(event: Mapping[str, Any], _seconds: float) -> Ending:
        properties = event["ResourceProperties"]
        answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
        failed = event["RequestType"] != "Delete" and "Fail" in properties
        answer |= {"Status": "FAILED", "Reason": FAIL} if failed else {"Status": "SUCCESS"}
        answer |= {"PhysicalResourceId": "thing-1", "Data": {"Said": properties.get("Say", "")}}
        body = folder / "answer.json"
        body.write_text(json.dumps(answer))
        options = ["--silent", "--show-error", "--fail", "--cacert", str(cloud.ca_file)]
        request = ["--upload-file", str(body), event["ResponseURL"]]
        subprocess.run(["curl", *options, *request], check=True, timeout=60)  # noqa: S603, S607
        return Returned(None)

    return handle
