"""Makes two real stacks, and fills the cloud's databases with as many like them as were asked for."""

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scale_cloud import clone, names
from bench.scale_cloud.rows import LEASE, RealStack, Rows
from cryptography.fernet import Fernet
from functional.operator.operators import Operator
from functional.tenant import Stack, Tenant, until
from standalone import cloud, sql

from customresource_bridge.protocol import ids
from devstack.cloud import environ, settings

WORKFLOWS = """
version: '2.0'
bench_custom: {input: [request], output: {data: {Name: a value}}, tasks: {done: {action: std.noop}}}
bench_wait:
  input: [request]
  tasks:
    asked: {action: std.noop, on-success: [{wait: <% $.request.RequestType != "Delete" %>}]}
    wait: {action: std.async_noop}
"""
HOURS = 6
PARKED = 3
"""Which word of a lease says, by 1, that no thread waits for its resource: else each copy would be taken over."""
AT_REST = "UTC_TIMESTAMP() + INTERVAL 3600 + m.n % 300 SECOND"
"""When the leases end of what waits: in an hour, so that what is measured beside them is measured alone."""


def thing(workflow: str, number: int = 1) -> dict[str, Any]:
    """Return a custom resource."""
    properties = {"ServiceToken": f"mistral:{workflow}", "ServiceTimeout": HOURS * 3600, "Number": number}
    return {"type": "Custom::Bench", "properties": {**properties, "Text": "of some length, as they are " * 3}}


def template(*workflows: str) -> dict[str, Any]:
    """Return a template with a resource for each workflow."""
    resources = {f"thing{place}": thing(workflow) for place, workflow in enumerate(workflows)}
    return {"heat_template_version": "2018-08-31", "resources": resources}


def query(statement: str) -> list[list[str]]:
    """Return the rows that a statement selects."""
    return [line.split("\t") for line in sql(statement).splitlines()[1:]]


@dataclass(frozen=True)
class Filler:
    """Fills the databases.

    :param operator: the bridge's user, with a bridge that runs.
    """

    tenant: Tenant
    operator: Operator

    def fill(self, size: names.Size) -> RealStack:
        """Fill, with all but the requests in the queues; return the real stack that waits. No engine runs meanwhile."""
        done, waiting = self._real("bench_custom"), self._real("bench_wait")
        asked = names.Asked("thing2", self._lease(waiting).split(" ")[0])
        cloud("kill", "heat-engine")
        script = [names.TABLES, "SET foreign_key_checks=0; SET unique_checks=0; SET autocommit=0;"]
        script += clone.batches(clone.PROJECTS, names.projects(size))
        script += clone.batches(clone.MAP, names.stacks(size, asked, settings.load().secret))
        script.append("COMMIT;")
        for statement in (*self._statements(done, ()), *self._statements(waiting, [self._execution(waiting, asked)])):
            script += [statement, "COMMIT;"]
        script += self._of_projects(done)
        sql("\n".join([*script, "COMMIT;"]))
        tables = query(
            "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables "
            "WHERE table_schema IN ('heat', 'keystone', 'zaqar', 'mistral')"
        )
        sql("".join(f"ANALYZE TABLE {table};" for (table,) in tables))
        cloud("start", "heat-engine")
        return waiting

    def post(self, waiting: RealStack, size: names.Size) -> None:
        """Put the request that each of them waits for into the queues of those that wait, as Heat's next post does."""
        _messages(waiting, str(self.tenant.session.get_user_id()), size)

    def _real(self, last: str) -> RealStack:
        body = template("bench_custom", "bench_custom", last)
        waits = last == "bench_wait"
        name = names.stack_name(last.removeprefix("bench_"))
        given = {"stack_name": name, "template": body, "timeout_mins": 60 * HOURS}
        stack = Stack(self.tenant, self.tenant.heat.post("/stacks", json=given).json()["stack"]["id"], name)
        self.tenant.stacks.append(stack)
        project = str(self.tenant.session.get_project_id())
        real = RealStack(stack.id, name, project, waits)
        if waits:
            until(lambda: self._lease(real).split(" ")[PARKED:][:1] == ["1"], "the resource waits without a thread")
        else:
            assert stack.wait() == "CREATE_COMPLETE", stack.reason()
        return real

    def _lease(self, stack: RealStack) -> str:
        found = query(
            "SELECT d.value FROM heat.resource_data d JOIN heat.resource r ON r.id = d.resource_id "  # noqa: S608
            f"WHERE r.stack_id = '{stack.id}' AND r.status = 'IN_PROGRESS' AND d.`key` = '{LEASE}'"
        )
        return found[0][0] if len(found) == 1 else ""

    def _execution(self, stack: RealStack, asked: names.Asked) -> str:
        return ids.execution_id(
            project_id=stack.project_id,
            stack_id=f"arn:openstack:heat::{stack.project_id}:stacks/{stack.name}/{stack.id}",
            logical_resource_id=asked.resource,
            request_id=asked.request_id,
        )

    def _statements(self, stack: RealStack, executions: Sequence[str]) -> list[str]:
        rows = Rows(query, stack, leases=AT_REST)
        ((creds,),) = query(
            "SELECT c.trust_id FROM heat.user_creds c JOIN heat.stack s ON s.user_creds_id = c.id "  # noqa: S608
            f"WHERE s.id = '{stack.id}'"
        )
        key = base64.b64encode(settings.load().secret[:32].encode())
        trust_id = Fernet(key).decrypt(creds.encode()).decode()
        return [*rows.heat(), *rows.keystone(trust_id=trust_id), *rows.zaqar(), *rows.mistral(executions)]

    def _of_projects(self, stack: RealStack) -> list[str]:
        owner = str(self.tenant.session.get_user_id())
        (trust,) = [one for one in self.operator.trusts() if one["trustor_user_id"] == owner]
        return list(Rows(query, stack, leases=AT_REST).projects(owner_id=owner, bridge_trust_id=trust["id"]))


def _messages(stack: RealStack, owner_id: str, size: names.Size) -> None:
    """Put the request that each of them waits for into the queues of those that wait."""
    known = settings.load()
    program = [
        known.program("python"),
        str(Path(__file__).with_name("in_zaqar.py")),
        f"redis://127.0.0.1:{known.port('redis')}",
    ]
    given = {"real": (stack.project_id, stack.id, stack.name, owner_id), "many": list(names.waiting(size))}
    done = subprocess.run(  # noqa: S603 - ours
        program, input=json.dumps(given), env=environ.clean(known), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
