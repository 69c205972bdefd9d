"""heat-engine is killed while resources wait; after its restart every stack ends right, without a second request."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from functional.plugin.handler import Body, wait_until
from functional.plugin.plays_failure import silent_on
from functional.plugin.situations import World
from functional.plugin.stacks import PATIENCE, Stack, custom, hot
from functional.tenant import Tenant
from standalone import LOGS, STATE, cloud, sql

from customresource_bridge.clients.mistral.mistral import Mistral

SLOW = """
version: '2.0'
{name}:
  input: [request]
  output:
    physical_resource_id: made
  tasks:
    wait:
      action: std.noop
      wait-before: 14
"""


def template(w: World, name: str, **properties: Any) -> dict[str, Any]:
    after = {"type": "OS::Heat::Value", "properties": {"value": {"get_resource": name}}}
    return hot({name: custom(w.handler.token, properties), "after": after}, {"id": {"get_attr": ["after", "value"]}})


def request_of(w: World, name: str, kind: str) -> Body:
    def found() -> list[Body]:
        return [r for r in w.handler.received if (r["LogicalResourceId"], r["RequestType"]) == (name, kind)]

    return wait_until(found, 180, f"{kind} {name}")[-1]


def left_behind(admin: Tenant) -> str:
    """Return a signing user whose stack, and with it the stack's project, is gone."""
    (domain,) = admin.keystone.get("/domains?name=heat").json()["domains"]
    user = {"name": f"heat-cr-{uuid4()}", "domain_id": domain["id"]}
    return str(admin.keystone.post("/users", json={"user": user}).json()["user"]["id"])


def test_every_wait_survives_the_engine(w: World, admin: Tenant) -> None:
    orphan = left_behind(admin)
    answer: dict[str, Any] = {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}
    w.handler.script = lambda _r: answer
    made = {name: w.stacks.create(template(w, name, Size=1)) for name in ("updated", "deleted", "replaced")}
    for stack in made.values():
        stack.wait("CREATE_COMPLETE")
    w.handler.script = lambda _r: None
    # Long in waiting: without a thread.
    made["updated"].update(template(w, "updated", Size=2))
    made["deleted"].delete()
    made["replaced"].update(template(w, "replaced", Size=2))
    made["parked"] = w.stacks.create(template(w, "parked"))
    made["timeout"] = w.stacks.create(template(w, "timeout", ServiceTimeout=25))
    replaced = request_of(w, "replaced", "Update")
    w.handler.answer(replaced, {"Status": "SUCCESS", "PhysicalResourceId": "id-2"})
    waiting = [("updated", "Update"), ("deleted", "Delete"), ("replaced", "Delete"), ("parked", "Create")]
    for name, kind in waiting:
        request_of(w, name, kind)
    time.sleep(6)
    # And watched by a thread.
    made["watched"] = w.stacks.create(template(w, "watched"))
    request_of(w, "watched", "Create")
    cloud("kill", "heat-engine")
    time.sleep(1)
    cloud("start", "heat-engine")

    for name, kind in [*waiting, ("watched", "Create")]:
        assert w.handler.answer(request_of(w, name, kind), answer).status_code == 200
    made["parked"].wait("CREATE_COMPLETE")
    made["watched"].wait("CREATE_COMPLETE")
    made["updated"].wait("UPDATE_COMPLETE")
    made["replaced"].wait("UPDATE_COMPLETE")
    made["deleted"].wait("DELETE_COMPLETE")
    made["timeout"].wait("CREATE_FAILED")
    # The answers were taken, so the living stacks' signers are there; the dead one's goes as an engine starts.
    user = f"/users/{orphan}"
    wait_until(lambda: admin.keystone.get(user, raise_exc=False).status_code == 404, 60, "the signer to be removed")

    assert made["parked"].outputs() == {"id": "id-1"}
    assert made["watched"].outputs() == {"id": "id-1"}
    assert "within 25 seconds" in made["timeout"].reason("timeout")
    assert w.handler.sequence("parked") == ["Create parked"]
    assert w.handler.sequence("watched") == ["Create watched"]
    assert w.handler.sequence("updated") == ["Create updated", "Update updated id-1"]
    assert w.handler.sequence("deleted") == ["Create deleted", "Delete deleted id-1"]
    assert w.handler.sequence("replaced") == ["Create replaced", "Update replaced id-1", "Delete replaced id-1"]


def test_nobody_answers_and_nobody_touches_it(w: World) -> None:
    """The engine dies in the first seconds of a wait, and no answer ever comes: the deadline is kept all the same."""
    w.handler.script = lambda _r: None
    stack: Stack = w.stacks.create(template(w, "a", ServiceTimeout=15))
    request_of(w, "a", "Create")
    cloud("kill", "heat-engine")
    cloud("start", "heat-engine")
    stack.wait("CREATE_FAILED")
    assert "within 15 seconds" in stack.reason("a")
    assert w.handler.sequence() == ["Create a"]


@contextmanager
def locked(rows: str) -> Iterator[None]:
    """Keep others from changing what a SELECT finds, while the block lasts."""
    command = ["mariadb", f"--defaults-file={STATE / 'conf' / 'mariadb-client.cnf'}", "--unbuffered"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:  # noqa: S603
        assert client.stdin is not None
        assert client.stdout is not None
        try:
            client.stdin.write(f"BEGIN; {rows} FOR UPDATE; SELECT 'held';\n")
            client.stdin.flush()
            assert client.stdout.readline() == "id\n", f"nothing is found by {rows}"
            yield
        finally:
            client.kill()


def kill_before_it_asks(
    stack: Stack,
    action: str,
    begin: Callable[[], object],
    kill: Callable[[], object] = lambda: cloud("kill", "heat-engine"),
) -> None:
    """Kill the engine when Heat has noted that something is done to a resource, and the plugin its request not yet."""
    row = f"SELECT id FROM heat.resource WHERE stack_id = '{stack.id}' AND name = 'a'"  # noqa: S608 - an id of Heat's
    with locked(f"SELECT id FROM heat.resource_data WHERE resource_id = ({row})"):  # noqa: S608 - as above
        begin()
        begun = f"{row} AND action = '{action}' AND status = 'IN_PROGRESS'"
        wait_until(lambda: sql(begun), PATIENCE, f"the {action} begins")
        kill()


def test_a_deletion_that_had_only_begun_goes_on_as_one(w: World) -> None:
    w.handler.script = lambda _r: {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}
    stack: Stack = w.stacks.create(template(w, "a")).wait("CREATE_COMPLETE")
    kill_before_it_asks(stack, "DELETE", stack.delete)
    cloud("start", "heat-engine")
    stack.wait("DELETE_COMPLETE")
    assert w.handler.sequence() == ["Create a", "Delete a id-1"]


def test_an_update_that_had_only_begun_is_not_asked_for_once_its_operation_is_over(w: World) -> None:
    """Another engine failed the stack meanwhile, as it does where another resource fails."""
    w.handler.script = lambda _r: {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}
    stack: Stack = w.stacks.create(template(w, "a")).wait("CREATE_COMPLETE")
    kill_before_it_asks(stack, "UPDATE", lambda: stack.update(template(w, "a", Size=2)))
    sql(f"UPDATE heat.stack SET status = 'FAILED' WHERE id = '{stack.id}'")  # noqa: S608 - an id of Heat's
    cloud("start", "heat-engine")
    wait_until(lambda: stack.resource("a").resource_status == "UPDATE_FAILED", PATIENCE, "the resource fails")
    assert stack.reason("a").startswith("Its heat-engine ended while it worked on this")
    assert w.handler.sequence() == ["Create a"]
    stack.update(template(w, "a", Size=2)).wait("UPDATE_COMPLETE")
    assert w.handler.sequence() == ["Create a", "Update a id-1"]


def worker_that(said: str, of: str) -> int:
    """Return the engine process that logged something of a request or a stack."""

    def found() -> list[int]:
        lines = (LOGS / "heat-engine.log").read_text().splitlines()
        return [int(line.split()[2]) for line in lines if of in line and said in line]

    return wait_until(found, 60, f"the engine's line of {said!r}")[0]


def test_what_had_only_begun_is_deleted_in_its_turn(w: World) -> None:
    """The stack is deleted before the dead worker is missed: what needs the resource goes first."""
    w.handler.script = silent_on("Delete b id-1", then={"PhysicalResourceId": "id-1"})

    def both(**properties: Any) -> dict[str, Any]:
        return hot({"a": custom(w.handler.token, properties), "b": custom(w.handler.token, depends_on="a")})

    stack: Stack = w.stacks.create(both()).wait("CREATE_COMPLETE")

    def kill() -> None:
        os.kill(worker_that("updating", stack.name), signal.SIGKILL)
        stack.delete()
        request_of(w, "b", "Delete")  # until then nobody can take the row over, which is locked

    kill_before_it_asks(stack, "UPDATE", lambda: stack.update(both(Size=2)), kill)
    of_a = f"SELECT id FROM heat.resource WHERE stack_id = '{stack.id}' AND name = 'a'"  # noqa: S608 - an id of Heat's
    held = f"{of_a} AND engine_id IS NOT NULL"
    wait_until(lambda: not sql(held), PATIENCE, "the dead worker is missed")
    time.sleep(5)
    assert w.handler.sequence() == ["Create a", "Create b", "Delete b id-1"]
    delete = request_of(w, "b", "Delete")
    assert w.handler.answer(delete, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}).status_code == 200
    stack.wait("DELETE_COMPLETE")
    assert w.handler.sequence() == ["Create a", "Create b", "Delete b id-1", "Delete a id-1"]


def test_one_of_two_workers_dies_and_the_other_goes_on(w: World) -> None:
    w.handler.script = lambda _r: None
    stack = w.stacks.create(template(w, "a"))
    create = request_of(w, "a", "Create")
    os.kill(worker_that(": posted", create["RequestId"]), signal.SIGKILL)
    assert w.handler.answer(create, {"Status": "SUCCESS", "PhysicalResourceId": "id-1"}).status_code == 200
    stack.wait("CREATE_COMPLETE")
    assert stack.outputs() == {"id": "id-1"}
    assert w.handler.sequence() == ["Create a"]


def test_a_workflow_that_the_engine_started_itself_outlives_it(w: World, demo: Any) -> None:
    name = f"t{uuid4().hex[:8]}"
    workflows = {"service_type": "workflowv2", "interface": "public"}
    text, plain = SLOW.format(name=name), {"Content-Type": "text/plain"}
    demo.post("/workflows", data=text, headers=plain, endpoint_filter=workflows)
    resource = {"delivery": "direct", "description": name, "workflows": {"create": {"workflow": name}}}
    slow = hot({"a": {"type": "OS::Heat::CustomResource", "properties": resource}}, {"id": {"get_resource": "a"}})
    mistral = Mistral.from_session(demo)
    parked = w.stacks.create(slow)
    wait_until(lambda: len(mistral.described(name)) == 1, 60, "the first workflow")
    time.sleep(6)
    watched = w.stacks.create(slow)
    wait_until(lambda: len(mistral.described(name)) == 2, 60, "the second workflow")
    cloud("kill", "heat-engine")
    cloud("start", "heat-engine")
    for stack in (parked, watched):
        stack.wait("CREATE_COMPLETE")
        assert stack.outputs() == {"id": "made"}
    assert len(mistral.described(name)) == 2
    demo.delete(f"/workflows/{name}", endpoint_filter=workflows)
