"""A stack whose owner was deleted: nothing goes to another project, deadlines are kept, a member can delete it."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from functional.plugin.handler import Handler, wait_until
from functional.plugin.matrix import wait_condition
from functional.plugin.plays_failure import silent_on
from functional.plugin.plays_parked import LET_GO
from functional.plugin.stacks import Stack, Stacks, custom, hot
from heatclient.client import Client
from keystoneauth1.identity.v3 import Password
from keystoneclient.v3 import client as keystone_client
from standalone import session_of

from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.protocol.ids import stack_queue

ROLES = ("member", "heat_stack_owner")


@dataclass
class Project:
    """A project of its own with two users, of whom one will go."""

    keystone: Any
    id: str
    owner_id: str
    owner: Any
    member: Any


@pytest.fixture
def project(admin: Any) -> Iterator[Project]:
    keystone = keystone_client.Client(session=admin.session, interface="public")
    name, password = f"gone-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    made = keystone.projects.create(name=name, domain="default")
    roles = [role for role in keystone.roles.list() if role.name in ROLES]
    users = [keystone.users.create(name=f"{name}-{who}", domain="default", password=password) for who in ("o", "m")]
    for user in users:
        for role in roles:
            keystone.roles.grant(role, user=user, project=made)
    url = admin.session.auth.auth_url
    sessions = [session_of(Password(url, user_id=user.id, password=password, project_id=made.id)) for user in users]
    yield Project(keystone, made.id, users[0].id, *sessions)
    keystone.users.delete(users[1])
    keystone.projects.delete(made)


def test_an_administrator_who_deletes_it_is_told_who_can(admin: Any, project: Project) -> None:
    members_heat = Client("1", session=project.member, service_type="orchestration")
    with Handler(Zaqar.from_session(project.member)) as handler:
        stacks = Stacks(project.owner)
        made = stacks.create(hot({"a": custom(handler.token)})).wait("CREATE_COMPLETE")
        handler.script = silent_on("Create a")
        waiting = stacks.create(hot({"a": custom(handler.token, {"ServiceTimeout": 30})}))
        handler.wait_for(2)
        own = stacks.create(hot(wait_condition(timeout=30)))
        time.sleep(LET_GO)
        project.keystone.users.delete(project.owner_id)

        made, waiting, own = (Stack(members_heat, stack.id, stack.name) for stack in (made, waiting, own))
        waiting.wait("CREATE_FAILED")
        own.wait("CREATE_FAILED")
        assert "within 30 seconds (ServiceTimeout)" in waiting.reason("a")

        Client("1", session=admin.session, service_type="orchestration").stacks.delete(made.id)
        made.wait("DELETE_FAILED")
        assert f"openstack role add --project {project.id}" in made.reason("a")
        assert len(handler.received) == 2, "no Delete was sent"
        assert stack_queue(made.id) not in Zaqar.from_session(admin.session).queues(stack_queue(""))

        for stack in (made, waiting, own):
            stack.delete().wait("DELETE_COMPLETE")
        wait_until(lambda: len(handler.received) == 4, 60, "each Create has its Delete")
