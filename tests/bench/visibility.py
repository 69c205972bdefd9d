"""How long an operator waits for all projects' requests: ``openstack customresource request list --all-projects``.

``make bench-visibility``, on the standalone cloud and without a bridge: projects with a stack each, whose resources all
wait. Once no request has an execution, as where nobody runs a bridge; once each has one, as where a bridge runs. The
command is the whole program, from its start to its last line; how much of that the client takes by itself shows
``openstack token issue`` beside it. It is run when the services have done with what made the stacks.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import openstack
from bench.quiet import wait_for_quiet
from functional.tenant import Tenant, until
from keystoneauth1.identity import v3
from standalone import CLOUDS, ROOT, session_of

from customresource_bridge.protocol import ids

GOAL = 3.0
"""Seconds."""
WORKFLOW = "version: '2.0'\nbench_wait:\n  input: [request]\n  tasks:\n    wait:\n      action: std.async_noop\n"
ALONE = ("openstack", "token", "issue", "-f", "json")
AT_MOST = 180.0
"""Seconds that are waited until the services have done with what made the stacks."""
LIST = ("openstack", "customresource", "request", "list", "--all-projects", "--in-flight", "-f", "json")


@dataclass(frozen=True)
class Measured:
    """A listing.

    :ivar runs: seconds of each run.
    :ivar alone: seconds of the client's, for a command that does next to nothing, between the runs.
    """

    requests: int
    stages: dict[str, int]
    runs: list[float]
    alone: list[float]

    def __str__(self) -> str:
        seconds, alone = (", ".join(f"{run:.2f}" for run in runs) for runs in (self.runs, self.alone))
        return f"{self.requests} requests ({self.stages}): {seconds} s, the client alone {alone} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=20)
    parser.add_argument("--resources", type=int, default=10, help="of each project's stack")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    os.environ |= {"OS_CLIENT_CONFIG_FILE": str(CLOUDS), "OS_CLOUD": "admin"}
    with projects(options.projects) as tenants:
        for tenant in tenants:
            tenant.upload(WORKFLOW)
            tenant.create(template(options.resources), wait=False)
        until(lambda: len(listed()) >= options.projects * options.resources, "all resources wait")
        found = [measure(options.runs)]
        for tenant in tenants:
            start_executions(tenant)
        found.append(measure(options.runs))
    for measured in found:
        print(measured)
    return 0 if all(min(measured.runs) < GOAL for measured in found) else 1


@contextmanager
def projects(number: int) -> Iterator[list[Tenant]]:
    """Yield the administrator in so many projects of their own, which are gone afterwards, with their stacks."""
    admin = openstack.connect(cloud="admin")
    auth = admin.config.auth
    role, user = admin.identity.find_role("admin"), admin.session.get_user_id()
    made = [admin.identity.create_project(name=f"bench-{uuid4().hex[:8]}", domain_id="default") for _ in range(number)]
    tenants: list[Tenant] = []
    try:
        for project in made:
            admin.identity.assign_project_role_to_user(project, user, role)
            login = v3.Password(
                auth_url=auth["auth_url"],
                username=auth["username"],
                password=auth["password"],
                user_domain_id="default",
                project_id=project.id,
            )
            tenants.append(Tenant(session_of(login)))
        yield tenants
    finally:
        for tenant in tenants:
            for stack in tenant.stacks:
                stack.delete(wait=False)
        for tenant in tenants:
            for stack in tenant.stacks:
                stack.gone()
            for execution in tenant.executions("bench_wait"):
                tenant.mistral.delete(f"/executions/{execution['id']}?force=true", raise_exc=False)
            tenant.mistral.delete("/workflows/bench_wait", raise_exc=False)
        for project in made:
            admin.identity.delete_project(project)


def template(resources: int) -> dict[str, Any]:
    waiting = {
        "type": "Custom::Waiting",
        "deletion_policy": "retain",  # no Delete is asked for, which nobody would answer
        "properties": {"ServiceToken": "mistral:bench_wait", "ServiceTimeout": 3000},
    }
    return {
        "heat_template_version": "2018-08-31",
        "resources": {f"waiting{number}": waiting for number in range(resources)},
    }


def start_executions(tenant: Tenant) -> None:
    """Start a workflow for each request in the tenant's queues, as a bridge does."""
    for stack in tenant.stacks:
        for message in tenant.messages(stack.queue):
            request = {key: value for key, value in message.items() if key != "ResponseURL"}
            body = {
                "id": ids.execution_id(
                    project_id=request["OpenStack"]["ProjectId"],
                    stack_id=request["StackId"],
                    logical_resource_id=request["LogicalResourceId"],
                    request_id=request["RequestId"],
                ),
                "workflow_name": "bench_wait",
                "input": json.dumps({"request": request}),
                "description": f"heat-cr {request['RequestType']} {request['RequestId']}",
            }
            tenant.mistral.post("/executions", json=body)


def measure(runs: int) -> Measured:
    seconds, alone = [], []
    wait_for_quiet(AT_MOST)
    for _ in range(runs):
        took, found = timed(LIST)
        seconds.append(took)
        alone.append(timed(ALONE)[0])
    ages = [row["Age"] for row in found]
    assert ages == sorted(ages, reverse=True), "the oldest is not first"
    stages = [row["Stage"] for row in found]
    return Measured(len(found), {stage: stages.count(stage) for stage in sorted(set(stages))}, seconds, alone)


def listed() -> list[dict[str, Any]]:
    """Return what the command lists."""
    rows: list[dict[str, Any]] = timed(LIST)[1]
    return rows


def timed(command: Sequence[str]) -> tuple[float, Any]:
    """Return the seconds that a command takes, and the JSON that it prints."""
    program, began = Path(sys.executable).with_name(command[0]), time.monotonic()
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603
    return time.monotonic() - began, json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
