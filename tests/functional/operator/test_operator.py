"""One bridge service for two projects, each with its own owner's authority; and a third that has no rights in them."""

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from functional.plugin.stacks import Stacks, custom, hot
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity import V3Password

from customresource_bridge.clients.mistral import Mistral
from customresource_bridge.clients.zaqar import Zaqar
from customresource_bridge.protocol import ids

from .broker import WayToBroker
from .operators import Operator, wait_for

WHO = hot(
    {"who": custom("mistral:crbo_who")},
    {name: {"get_attr": ["who", name]} for name in ("user", "project")},
)


def many(count: int, workflow: str = "crbo_who") -> dict[str, Any]:
    return hot({f"r{number}": custom(f"mistral:{workflow}") for number in range(count)})


def test_each_project_s_workflow_runs_as_its_own_user(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    operator.start()
    made = {name: stacks_of(name).create(WHO) for name in ("demo", "other")}
    for name, stack in made.items():
        stack.wait("CREATE_COMPLETE")
        assert stack.outputs() == {"user": name, "project": cloud_session(name).get_project_id()}
    given = {(trust["trustor_user_id"], trust["project_id"]) for trust in operator.trusts()}
    assert given == {(s.get_user_id(), s.get_project_id()) for s in map(cloud_session, made)}

    for stack in made.values():
        stack.delete()
    for stack in made.values():
        stack.wait("DELETE_COMPLETE")
    wait_for(lambda: not operator.trusts(), 120, "trusts that nothing needs to be removed")


def test_one_trust_serves_all_stacks_of_a_project_until_the_last_goes(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    operator.start()
    first, second = (stacks_of("demo").create(WHO) for _ in range(2))
    first.wait("CREATE_COMPLETE")
    second.wait("CREATE_COMPLETE")
    first.delete().wait("DELETE_COMPLETE")
    assert operator.trusts()
    second.update(hot({"who": custom("mistral:crbo_who", {"again": 1})})).wait("UPDATE_COMPLETE")
    second.delete().wait("DELETE_COMPLETE")
    wait_for(lambda: not operator.trusts(), 120, "the trust to be removed")


@pytest.fixture
def stranger(operator_user: Operator) -> Any:
    """A user of a project of its own, with no rights in anybody else's."""
    keystone = operator_user.keystone
    project = keystone.post("/projects", json={"project": {"name": "crb-third", "domain_id": "default"}}).json()
    project_id = project["project"]["id"]
    user = {"name": "crb-third", "password": "third", "domain_id": "default"}
    user_id = keystone.post("/users", json={"user": user}).json()["user"]["id"]
    role = keystone.get("/roles", params={"name": "member"}).json()["roles"][0]["id"]
    keystone.put(f"/projects/{project_id}/users/{user_id}/roles/{role}")
    auth = V3Password(keystone.endpoint_override, user_id=user_id, password="third", project_id=project_id)
    yield ksa_session.Session(auth)
    keystone.delete(f"/users/{user_id}")
    keystone.delete(f"/projects/{project_id}")


def test_a_third_project_can_neither_trigger_nor_read(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any], stranger: Any
) -> None:
    running = operator.start()
    stack = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
    demo = cloud_session("demo")
    mistral = Mistral.from_session(demo, timeout=120)
    execution = mistral._executions.list(limit=1, sort_dirs="desc", sort_keys="created_at")[0]
    assert mistral.get(execution.id) is not None

    assert Mistral.from_session(stranger, timeout=120).get(execution.id) is None
    queue = ids.stack_queue(stack.id)
    zaqar = Zaqar.from_session(stranger)
    assert zaqar.claim_one(queue, ttl=60) is None

    before = {found.id for found in mistral._executions.list()}
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    forged = {
        "RequestType": "Create",
        "ServiceToken": "mistral:crbo_who",
        "ResponseURL": "http://127.0.0.1:1/",
        "StackId": f"arn:openstack:heat::{demo.get_project_id()}:stacks/{stack.name}/{stack.id}",
        "RequestId": "5a1f6c3e-0000-4000-8000-000000000001",
        "ResourceType": "Custom::Thing",
        "LogicalResourceId": "who",
        "ResourceProperties": {"ServiceToken": "mistral:crbo_who"},
        "OpenStack": {"Version": 1, "ProjectId": demo.get_project_id(), "Deadline": deadline},
    }
    zaqar.post(queue, forged, ttl=120)
    zaqar.post(ids.BELL_QUEUE, {"queue": queue}, ttl=120)
    operator.ring(stranger.get_project_id(), queue)  # which takes the bus's password; even so
    operator.ring(demo.get_project_id(), queue)
    wait_for(lambda: f"project {stranger.get_project_id()}:" in running.log(), 120, "the bridge to hear of it")
    time.sleep(1.0)
    assert {found.id for found in mistral._executions.list()} == before
    stack.delete().wait("DELETE_COMPLETE")


def test_one_project_s_broken_trust_does_not_hold_up_the_others(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    running = operator.start("--debug", linger=1)
    session = cloud_session("demo")
    project = session.get_project_id()
    first = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
    wait_for(lambda: f"project {project}: has no more work" in running.log(), 120, "the project's session to be ended")
    for trust in operator.trusts():
        session.delete(f"{session.auth.auth_url.rstrip('/')}/OS-TRUST/trusts/{trust['id']}")
    operator.ring(project, ids.stack_queue(first.id))
    wait_for(lambda: f"project {project}: Keystone did not issue" in running.log(), 120, "the bridge to be refused")

    stacks_of("other").create(WHO).wait("CREATE_COMPLETE")
    # The owner's next operation mends it.
    first.update(hot({"who": custom("mistral:crbo_who", {"again": 1})})).wait("UPDATE_COMPLETE")


def test_a_host_that_ends_gives_what_it_has_not_finished_to_the_others(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    first = operator.start("--workers", "2")
    stacks = [stacks_of(name).create(many(4, "crbo_slow")) for name in ("demo", "other")]
    wait_for(lambda: "runs as execution" in first.log(), 120, "a first execution")
    operator.start()
    assert first.end() == 0
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")


def test_a_host_that_is_killed_under_load_loses_nothing_and_doubles_nothing(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    sessions = {name: cloud_session(name) for name in ("demo", "other")}
    before = {name: ran(session) for name, session in sessions.items()}
    hosts = [operator.start("--workers", "2") for _ in range(2)]
    stacks = [stacks_of(name).create(many(6, "crbo_slow")) for name in sessions]
    wait_for(lambda: all("runs as execution" in host.log() for host in hosts), 120, "both hosts to be at work")
    hosts[0].kill()
    # Its claims run out after a minute.
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
    for name, session in sessions.items():
        requests = ran(session) - before[name]
        assert sorted(requests.values()) == [1] * 6


def ran(session: Any) -> Counter[str]:
    """Return how often each Create of the slow workflow was run."""
    found = Mistral.from_session(session, timeout=120)._executions.list(fields=("id", "input", "workflow_name"))
    slow = [one.input for one in found if one.workflow_name == "crbo_slow"]
    requests = [(json.loads(given) if isinstance(given, str) else given)["request"] for given in slow]
    return Counter(request["RequestId"] for request in requests if request["RequestType"] == "Create")


def test_the_broker_goes_and_comes_back(
    operator: Operator, broker: WayToBroker, stacks_of: Callable[[str], Stacks]
) -> None:
    running = operator.start(more=f"[DEFAULT]\ntransport_url = {broker.url}\n")
    stack = stacks_of("demo").create(many(3, "crbo_slow"))
    wait_for(lambda: "runs as execution" in running.log(), 120, "a first execution")
    broker.cut()
    stack.wait("CREATE_COMPLETE")  # what is under way needs no bell
    broker.mend()
    # Who rings meanwhile is heard: the bell waits at the broker.
    stacks_of("other").create(WHO).wait("CREATE_COMPLETE")
