"""Whose authority is used for a stack. With Heat's Python: ``make unit-plugin``."""

from typing import Any

import pytest
from heat.common import context as heat_context
from heat.common import exception
from keystoneauth1 import exceptions as ksa

from customresource_bridge.plugin.heat import authority
from customresource_bridge.plugin.heat.authority import NoAuthorityError


class Session:
    """A Keystone session whose login comes to something."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.logins = 0

    def get_token(self) -> str:
        self.logins += 1
        if self.error is not None:
            raise self.error
        return "token"


class Context:
    """As much of Heat's request context as matters."""

    auth_token = password = None

    def __init__(
        self, project_id: str | None, *, trust_id: str | None = "trust", error: Exception | None = None
    ) -> None:
        self.project_id = project_id
        self.trust_id = trust_id
        self.keystone_session = Session(error)

    def to_dict(self) -> dict[str, Any]:
        self.keystone_session.get_token()
        return {}


class Stack:
    """A stack of the project ``mine``."""

    id = "s"
    tenant_id = "mine"

    def __init__(self, stored: Context | None) -> None:
        self.stored = stored

    def stored_context(self) -> Context:
        if self.stored is None:
            raise exception.Error("no user_creds")
        return self.stored


MEMBER, ADMIN = Context("mine"), Context("admin's")
OWNER = Context("mine")


def test_a_member_acts_with_his_own_authority() -> None:
    assert authority.of_stack(Stack(OWNER), MEMBER) is MEMBER


@pytest.mark.parametrize("caller", [ADMIN, Context(None), Context("mine", trust_id=None)])
def test_others_act_with_the_owner_s(caller: Context) -> None:
    assert authority.of_stack(Stack(OWNER), caller) is OWNER


@pytest.mark.parametrize("stored", [ADMIN, None])
def test_none_acts_with_that_of_another_project(stored: Context | None) -> None:
    with pytest.raises(NoAuthorityError, match="project mine") as raised:
        authority.of_stack(Stack(stored), ADMIN)
    for way_out in ("openstack role add --project mine", "DeletionPolicy Retain", "abandon"):
        assert way_out in str(raised.value)


@pytest.mark.parametrize("refusal", [ksa.Unauthorized(), ksa.NotFound(), exception.AuthorizationFailure()])
def test_what_keystone_does_not_let_in_is_no_authority(refusal: Exception) -> None:
    with pytest.raises(NoAuthorityError):
        authority.verify(Stack(None), Context("mine", error=refusal))


def test_a_keystone_that_is_away_refuses_nobody() -> None:
    authority.verify(Stack(None), Context("mine", error=ksa.ConnectFailure()))


@pytest.mark.parametrize(
    ("stored", "caller"),
    [
        (ADMIN, ADMIN),
        (None, ADMIN),
        (Context("mine", error=exception.AuthorizationFailure()), Context(None)),
        (Context("mine", error=ksa.ConnectFailure()), Context(None)),
    ],
)
def test_a_resource_is_set_going_whatever_credentials_are_left(stored: Context | None, caller: Context) -> None:
    found = authority.for_message(Stack(stored), caller)
    assert isinstance(found, heat_context.RequestContext)
    assert found.project_id == "mine"
    assert not found.is_admin
    assert not authority._may_log_in(found)


def test_a_resource_is_set_going_with_its_owner_s_authority_where_there_is_one() -> None:
    assert authority.for_message(Stack(OWNER), ADMIN) is OWNER
