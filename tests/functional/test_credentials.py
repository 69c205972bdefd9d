"""The bridge takes whatever credentials keystoneauth knows: here an application credential, by OS_* alone."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from functional.bridge_process import bridge, command, environment
from functional.tenant import Tenant

from devstack.cloud import settings

CLOUD = settings.load()
EXAMPLES = Path(__file__).parents[2] / "devstack" / "examples"


@pytest.fixture
def application_credential(tenant_project: Tenant) -> Iterator[dict[str, str]]:
    """Return the environment of somebody who has an application credential, and nothing else."""
    session = tenant_project.session
    path = f"/users/{session.get_user_id()}/application_credentials"
    wanted = {"application_credential": {"name": f"e2e-{uuid4().hex[:8]}", "unrestricted": False}}
    made = tenant_project.keystone.post(path, json=wanted).json()["application_credential"]
    mine = {name: value for name, value in environment().items() if not name.startswith("OS_")}
    yield {
        **mine,
        "HOME": os.devnull,
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_AUTH_URL": str(session.auth.auth_url),
        "OS_REGION_NAME": settings.REGION,
        **({"OS_CACERT": str(CLOUD.ca_file)} if CLOUD.ca_file else {}),
        "OS_APPLICATION_CREDENTIAL_ID": made["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": made["secret"],
    }
    tenant_project.keystone.delete(f"{path}/{made['id']}")


def test_an_application_credential(tenant: Tenant, application_credential: dict[str, str], tmp_path: Path) -> None:
    checked = command("customresource-bridge", "check", environ=application_credential)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    log = tmp_path / "bridge.log"
    with bridge(log, environ=application_credential):
        stack = tenant.create(EXAMPLES / "record.yaml", name="e2e-app-cred")
        assert stack.show()["stack_status"] == "CREATE_COMPLETE", stack.reason()
        assert stack.outputs()["id"] == "record-e2e-app-cred"
        stack.delete()
    assert application_credential["OS_APPLICATION_CREDENTIAL_SECRET"] not in log.read_text()
