"""A queue and a signer for each stack, and none of them after it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import standalone
from functional.plugin.handler import succeed, wait_until
from functional.plugin.situations import World, world
from functional.plugin.stacks import custom, hot
from functional.tenant import Tenant

from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol.ids import BELL_QUEUE, stack_queue


@pytest.fixture
def w(cloud_session: Callable[[str], Any]) -> Iterator[World]:
    """A world in a project of its own: a bridge that other tests run must not answer these requests."""
    session = cloud_session("other")
    with world(session, Zaqar.from_session(session)) as made:
        yield made


def users(cloud_session: Callable[[str], Any]) -> set[str]:
    answer = Tenant(cloud_session("admin")).keystone.get("/users").json()
    return {user["name"] for user in answer["users"]}


def test_each_stack_has_its_own_and_takes_it_along(w: World, cloud_session: Callable[[str], Any]) -> None:
    nested = hot({"inner": custom("nobody-handles-this")})
    outer = hot({"child": {"type": "nested.yaml"}, "own": custom("nobody-handles-this")})
    files = {"nested.yaml": json.dumps(nested)}
    one = w.stacks.create(outer, files=files)
    two = w.stacks.create(hot({"a": custom("nobody-handles-this")}))
    child = wait_until(lambda: one.resource("child").physical_resource_id, 120, "the nested stack")
    expected = {stack_queue(stack) for stack in (one.id, two.id, child)}
    wait_until(lambda: expected <= set(w.zaqar.queues("heat-cr-")), 120, "three queues")
    assert {f"heat-cr-{stack}" for stack in (one.id, two.id, child)} <= users(cloud_session)
    (request,) = [m.body for m in w.zaqar.messages(stack_queue(two.id))]
    assert request["ServiceToken"] == "nobody-handles-this"
    assert {m.body["queue"] for m in w.zaqar.messages(BELL_QUEUE)} >= expected

    # Somebody must answer the Deletes.
    for stack in (one, two):
        stack.delete()
    answer_all(w.zaqar, expected, w)
    one.wait("DELETE_COMPLETE")
    two.wait("DELETE_COMPLETE")
    assert not expected & set(w.zaqar.queues("heat-cr-"))
    signers = {f"heat-cr-{stack}" for stack in (one.id, two.id, child)}
    wait_until(lambda: not signers & users(cloud_session), 60, "the signing users to be removed")


def test_a_user_project_that_heat_made_and_forgot_is_found(w: World) -> None:
    """As after an engine's death between the two: Heat itself would run into it for ever."""
    plain = {"b": {"type": "OS::Heat::Value", "properties": {"value": "x"}}}
    stack = w.stacks.create(hot(plain)).wait("CREATE_COMPLETE")
    standalone.sql(f"UPDATE heat.stack SET stack_user_project_id = NULL WHERE id = '{stack.id}'")  # noqa: S608 - an id
    stack.update(hot({**plain, "a": custom(w.handler.token)})).wait("UPDATE_COMPLETE")
    assert w.handler.sequence() == ["Create a"]


def answer_all(zaqar: Zaqar, queues: set[str], w: World) -> None:
    """Do what a bridge would, until each queue's Delete is answered."""
    left = set(queues)

    def step() -> bool:
        for queue in list(left):
            message = zaqar.claim_one(queue, ttl=60)
            if message is not None and message.body["RequestType"] == "Delete":
                zaqar.delete(message)
                w.handler.answer(message.body, succeed(message.body))
                left.discard(queue)
            elif message is not None:
                zaqar.delete(message)
        return not left

    wait_until(step, 180, "a Delete in each queue")


def test_the_last_custom_resource_of_a_template_takes_them_along(w: World, cloud_session: Callable[[str], Any]) -> None:
    stack = w.stacks.create(hot({"a": custom(w.handler.token)})).wait("CREATE_COMPLETE")
    assert f"heat-cr-{stack.id}" in users(cloud_session)
    stack.update(hot({"b": {"type": "OS::Heat::Value", "properties": {"value": "x"}}})).wait("UPDATE_COMPLETE")
    assert f"heat-cr-{stack.id}" not in users(cloud_session)
    stack.update(hot({"a": custom(w.handler.token)})).wait("UPDATE_COMPLETE")
    assert w.handler.sequence()[-1] == "Create a"
