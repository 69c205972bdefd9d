"""One bridge service for two projects, each with its own owner's authority; and a third that has no rights in them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from functional.operator.broker import WayToBroker
from functional.operator.operators import WORKFLOWS, Operator, Running, adapter, wait_for
from functional.plugin.stacks import Stack, Stacks, custom, hot
from keystoneauth1 import exceptions as ksa
from keystoneauth1.identity import V3Password
from standalone import session_of

from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.zaqar.dead_letters import letters
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import ids

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


class Guest:
    """A user that the tests make, with a role in one project."""

    def __init__(self, keystone: Any, name: str, project_id: str) -> None:
        self._keystone = keystone
        for old in keystone.get("/users", params={"name": name}).json()["users"]:
            keystone.delete(f"/users/{old['id']}")
        user = {"name": name, "password": name, "domain_id": "default"}
        self.id: str = keystone.post("/users", json={"user": user}).json()["user"]["id"]
        role = keystone.get("/roles", params={"name": "member"}).json()["roles"][0]["id"]
        keystone.put(f"/projects/{project_id}/users/{self.id}/roles/{role}")
        auth = V3Password(keystone.endpoint_override, user_id=self.id, password=name, project_id=project_id)
        self.session = session_of(auth)

    def leave(self) -> None:
        self._keystone.delete(f"/users/{self.id}")


@pytest.fixture
def stranger(operator_user: Operator) -> Iterator[Any]:
    """A user of a project of its own, with no rights in anybody else's."""
    keystone = operator_user.keystone
    for old in keystone.get("/projects", params={"name": "crb-third"}).json()["projects"]:
        keystone.delete(f"/projects/{old['id']}")
    project = keystone.post("/projects", json={"project": {"name": "crb-third", "domain_id": "default"}}).json()
    project_id = project["project"]["id"]
    guest = Guest(keystone, "crb-third", project_id)
    Mistral.from_session(guest.session, timeout=120)._workflows.create(WORKFLOWS)
    yield guest.session
    guest.leave()
    keystone.delete(f"/projects/{project_id}")


def test_a_third_project_can_neither_trigger_nor_read(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any], stranger: Any
) -> None:
    running = operator.start()
    with Stacks(stranger) as its_stacks:  # one that the bridge does work for
        its_own = its_stacks.create(WHO)
        stack = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
        its_own.wait("CREATE_COMPLETE")
        demo = cloud_session("demo")
        mistrals = [Mistral.from_session(session, timeout=120) for session in (demo, stranger)]
        execution = mistrals[0]._executions.list(limit=1, sort_dirs="desc", sort_keys="created_at")[0]
        assert mistrals[0].get(execution.id) is not None
        assert mistrals[1].get(execution.id) is None
        queue = ids.stack_queue(stack.id)
        zaqar = Zaqar.from_session(stranger)
        assert zaqar.claim_one(queue, ttl=60) is None

        before = [{found.id for found in mistral._executions.list()} for mistral in mistrals]
        forged = forgery(demo.get_project_id(), f"{stack.name}/{stack.id}")
        zaqar.post(queue, forged, ttl=120)
        zaqar.post(ids.BELL_QUEUE, {"queue": queue}, ttl=120)
        operator.ring(demo.get_project_id(), queue)  # which takes the bus's password; even so
        operator.ring(stranger.get_project_id(), queue)
        (letter,) = wait_for(lambda: list(letters(zaqar)), 120, "the forged message to be set aside")
        assert (letter.queue, letter.message.body["body"]) == (queue, forged)
        assert "is of another project" in letter.reason
        assert f"[{forged['RequestId']}] is set aside" in running.log()
        assert [{found.id for found in mistral._executions.list()} for mistral in mistrals] == before


def forgery(project_id: str, stack: str) -> dict[str, Any]:
    """Return a request that is sound in itself, as somebody who has read one might write it."""
    deadline = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    return {
        "RequestType": "Create",
        "ServiceToken": "mistral:crbo_who",
        "ResponseURL": "http://127.0.0.1:1/",
        "StackId": f"arn:openstack:heat::{project_id}:stacks/{stack}",
        "RequestId": "5a1f6c3e-0000-4000-8000-000000000001",
        "ResourceType": "Custom::Thing",
        "LogicalResourceId": "who",
        "ResourceProperties": {"ServiceToken": "mistral:crbo_who"},
        "OpenStack": {"Version": 1, "ProjectId": project_id, "Deadline": deadline},
    }


@pytest.fixture
def colleague(operator_user: Operator, cloud_session: Callable[[str], Any]) -> Iterator[Guest]:
    """Another user of the first tenant's project."""
    guest = Guest(operator_user.keystone, "crb-colleague", cloud_session("demo").get_project_id())
    yield guest
    with suppress(ksa.NotFound):
        guest.leave()


def test_one_trust_for_each_owner_serves_all_stacks_of_the_project_until_the_last_goes(
    operator: Operator, stacks_of: Callable[[str], Stacks], colleague: Guest
) -> None:
    running = operator.start(linger=1)
    stack = Stacks(colleague.session).create(WHO).wait("CREATE_COMPLETE")
    assert stack.outputs()["user"] == "crb-colleague"

    mine = stacks_of("demo")
    same = Stack(mine.heat, stack.id, stack.name)
    same.update(again(1)).wait("UPDATE_COMPLETE")
    assert len({trust["trustor_user_id"] for trust in operator.trusts()}) == 2
    kept = mine.create(WHO)
    same.delete().wait("DELETE_COMPLETE")
    kept.wait("CREATE_COMPLETE")
    assert operator.trusts()

    colleague.leave()
    # Tokens that the services know may serve them some minutes more; a new one takes a trust that works.
    wait_for(lambda: _count(running, "has no more work") == _count(running, "has work"), 60, "the session to be ended")
    kept.update(again(2)).wait("UPDATE_COMPLETE")
    assert kept.outputs()["user"] == "demo"
    kept.delete().wait("DELETE_COMPLETE")
    wait_for(lambda: not operator.trusts(), 120, "the last trust to be removed")


def _count(running: Running, step: str) -> int:
    return running.log().count(f": {step}")


def again(number: int) -> dict[str, Any]:
    """Return the same template with another property, so that the resource is updated."""
    outputs = {name: {"get_attr": ["who", name]} for name in ("user", "project")}
    return hot({"who": custom("mistral:crbo_who", {"again": number})}, outputs)


def test_sweeps_find_what_no_bell_told_of_and_trusts_that_nothing_needs(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    running = operator.start(sweep_interval=10, bell_topic="crb_test_unrung")  # it hears no bell at all
    stack = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
    demo, other = cloud_session("demo"), cloud_session("other")
    Zaqar.from_session(demo).delete_queue(ids.stack_queue(stack.id))  # as when Zaqar loses its Redis
    given = {
        "trustor_user_id": other.get_user_id(),
        "trustee_user_id": operator.user_id,
        "project_id": other.get_project_id(),
        "impersonation": True,
        "roles": [{"name": "member"}],
    }
    adapter(other).post("/OS-TRUST/trusts", json={"trust": given})
    kept = f"project {demo.get_project_id()}: has stacks and no queue of theirs, its trust is kept"
    wait_for(lambda: kept in running.log(), 120, "two rounds to miss the lost queue")
    trusting = wait_for(lambda: len(found := operator.trusts()) == 1 and found, 120, "the unneeded trust to be removed")
    assert trusting[0]["project_id"] == demo.get_project_id()


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
    wait_for(
        lambda: f"project {project}: no authority, its requests wait" in running.log(), 120, "the bridge to be refused"
    )

    stacks_of("other").create(WHO).wait("CREATE_COMPLETE")
    # The owner's next operation mends it.
    first.update(hot({"who": custom("mistral:crbo_who", {"again": 1})})).wait("UPDATE_COMPLETE")


def test_a_host_that_ends_gives_what_it_has_not_finished_to_the_others(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    first = operator.start("--workers", "2")
    stacks = [stacks_of(name).create(many(4, "crbo_slow")) for name in ("demo", "other")]
    wait_for(lambda: "runs as execution" in first.log(), 120, "a first execution")
    with operator.swallowed() as passed_on:
        assert first.end() == 0
        left = in_log(first.log(), "claimed") - in_log(first.log(), "answered")
        assert left
        assert in_log(first.log(), "given back") == left  # nobody has to wait until the claims run out
        queues = {ids.stack_queue(stack.id) for stack in stacks if any(stack.id in entry for entry in left)}
        wait_for(lambda: queues <= set(passed_on), 60, "bells for what is left")
    operator.start(sweep_interval=10)  # the test has heard those bells
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")


def in_log(log: str, step: str) -> set[str]:
    """Return the requests of which a step was logged, as they are named there."""
    return set(re.findall(rf"(\w+ of \S+ \[\S+\] in \S+): {step}", log))


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
    running = operator.start(more=f"[oslo_messaging_notifications]\ntransport_url = {broker.url}\n")
    stack = stacks_of("demo").create(many(3, "crbo_slow"))
    wait_for(lambda: running.log().count("runs as execution") == 3, 120, "all executions to have begun")
    broker.cut()
    stack.wait("CREATE_COMPLETE")  # what is under way needs no bell
    broker.mend()
    # Who rings meanwhile is heard: the bell waits at the broker.
    stacks_of("other").create(WHO).wait("CREATE_COMPLETE")
