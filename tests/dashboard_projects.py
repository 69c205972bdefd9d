"""Projects with stacks whose requests nobody answers, for Horizon to show."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from bench.visibility import WORKFLOW, template
from functional.tenant import Stack, Tenant
from keystoneauth1.identity import v3
from standalone import session_of


@contextmanager
def project(admin: Any, name: str) -> Iterator[tuple[str, Tenant]]:
    """Yield a project's id and its tenant, demo and admin being members of it; it is gone afterwards."""
    auth = admin.config.auth
    made = admin.identity.create_project(name=f"{name}-{uuid4().hex[:4]}", domain_id="default")
    role = admin.identity.find_role("admin")
    member = admin.identity.find_role("member")
    admin.identity.assign_project_role_to_user(made, admin.session.get_user_id(), role)
    admin.identity.assign_project_role_to_user(made, admin.identity.find_user("demo"), member)
    login = v3.Password(
        auth_url=auth["auth_url"],
        username=auth["username"],
        password=auth["password"],
        user_domain_id="default",
        project_id=made.id,
    )
    tenant = Tenant(session_of(login))
    tenant.upload(WORKFLOW)
    try:
        yield made.id, tenant
    finally:
        _emptied(tenant)
        admin.identity.delete_project(made)


def _emptied(tenant: Tenant) -> None:
    for stack in tenant.stacks:
        stack.delete(wait=False)
    for stack in tenant.stacks:
        stack.gone()
    for execution in tenant.executions("bench_wait"):
        tenant.mistral.delete(f"/executions/{execution['id']}?force=true", raise_exc=False)
    tenant.mistral.delete("/workflows/bench_wait", raise_exc=False)


def waiting(tenant: Tenant, resources: int) -> Stack:
    """Have a stack whose resources wait for as long as a test looks at them."""
    name = f"zone-{uuid4().hex[:6]}"
    body = {"stack_name": name, "template": json.dumps(template(resources)), "timeout_mins": 60}
    stack = Stack(tenant, tenant.heat.post("/stacks", json=body).json()["stack"]["id"], name)
    tenant.stacks.append(stack)
    return stack
