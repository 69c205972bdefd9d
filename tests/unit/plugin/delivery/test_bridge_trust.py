"""The trust for an operator's bridge: found, made, refused, removed; Keystone is a list here, and real elsewhere."""

import traceback
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from heat.common import exception as heat_exception
from heat.db import models
from heat_tables import Tables, change
from keystoneauth1 import exceptions as ksa
from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.plugin import options
from customresource_bridge.plugin.delivery import bridge_trust
from customresource_bridge.plugin.delivery.lookup.recently_seen import RecentlySeen
from customresource_bridge.plugin.heat.authority import NoAuthorityError
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.messaging.bell import OwnersTrust

BRIDGE = "bridge-user"


class Trusts:
    """Keystone's trusts, as python-keystoneclient shows them."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.refusal: Exception | None = None
        self.listed = 0
        self.go_meanwhile: set[str] = set()
        self.seen, self.found = RecentlySeen(seconds=5), RecentlySeen(seconds=5)

    def list(self, trustor_user: str) -> list[Any]:
        self.listed += 1
        found = [trust for trust in self.given if trust.trustor_user_id == trustor_user]
        self.given = [trust for trust in self.given if trust.id not in self.go_meanwhile]
        return found

    def get(self, trust_id: str) -> Any:
        found = next((trust for trust in self.given if trust.id == trust_id), None)
        if found is None:
            raise ksa.NotFound
        return found

    def create(self, **wanted: Any) -> Any:
        if self.refusal:
            raise self.refusal
        made = SimpleNamespace(
            id=f"t{len(self.given)}",
            trustor_user_id=wanted["trustor_user"],
            trustee_user_id=wanted["trustee_user"],
            project_id=wanted["project"],
            impersonation=wanted["impersonation"],
            expires_at=None,
            roles=[{"name": name} for name in wanted["role_names"]],
        )
        self.given.append(made)
        return made

    def delete(self, trust_id: str) -> None:
        self.get(trust_id)
        self.given = [trust for trust in self.given if trust.id != trust_id]


@pytest.fixture
def keystone() -> Iterator[Trusts]:
    options.register(cfg.CONF)
    cfg.CONF.set_override("bridge_user_id", BRIDGE, group=options.GROUP)
    yield Trusts()
    cfg.CONF.clear_override("bridge_user_id", group=options.GROUP)


def context(owner: str = "owner", project: str = "project") -> Any:
    plugin = SimpleNamespace(get_user_id=lambda _session: owner)
    return SimpleNamespace(project_id=project, auth_plugin=plugin, keystone_session=None, roles=["member", "admin"])


def ensure(keystone: Trusts, who: Any = None, project: str = "project") -> None:
    client = SimpleNamespace(client=SimpleNamespace(trusts=keystone))
    bridge_trust.ensure(who or context(), project, client, seen=keystone.seen, found=keystone.found)


def is_to_look_again(keystone: Trusts) -> None:
    """Let what was seen be long ago."""
    keystone.seen.discard(("owner", "project"))


def has_begun_anew(keystone: Trusts) -> None:
    """Let an engine know of nothing."""
    is_to_look_again(keystone)
    keystone.found.discard(("owner", "project"))


def test_a_trust_is_made_once_for_each_owner_and_project(keystone: Trusts) -> None:
    ensure(keystone)
    has_begun_anew(keystone)
    ensure(keystone)
    assert [(trust.trustor_user_id, trust.project_id, trust.roles) for trust in keystone.given] == [
        ("owner", "project", [{"name": "member"}])
    ]
    ensure(keystone, context("another"))
    ensure(keystone, context(project="elsewhere"), "elsewhere")
    assert len(keystone.given) == 3


def test_a_trust_that_lacks_a_role_which_bridges_want_by_now_is_followed_by_another(keystone: Trusts) -> None:
    ensure(keystone)
    cfg.CONF.set_override("bridge_roles", ["Member", "creator"], group=options.GROUP)
    try:
        for _ in range(2):
            has_begun_anew(keystone)
            ensure(keystone)
    finally:
        cfg.CONF.clear_override("bridge_roles", group=options.GROUP)
    assert [[role["name"] for role in trust.roles] for trust in keystone.given] == [["member"], ["Member", "creator"]]
    has_begun_anew(keystone)
    ensure(keystone)  # by an engine that was not told yet: the new one has all that it wants
    assert len(keystone.given) == 2


def test_a_trust_that_goes_while_it_is_looked_at_is_none(keystone: Trusts) -> None:
    """The bridge's sweep removes what is unneeded; it is not the owner who may not."""
    ensure(keystone)
    has_begun_anew(keystone)
    keystone.go_meanwhile = {"t0"}
    ensure(keystone)
    assert [trust.trustor_user_id for trust in keystone.given] == ["owner"]
    assert keystone.listed == 2


def test_a_trust_that_was_found_is_looked_at_and_not_all_of_its_owner_s(keystone: Trusts) -> None:
    """Heat has one for each stack of an owner's."""
    ensure(keystone)
    for _ in range(3):
        is_to_look_again(keystone)
        ensure(keystone)
    assert (keystone.listed, len(keystone.given)) == (1, 1)


@pytest.mark.parametrize("change", ["gone", "of another", "without a role"])
def test_a_trust_that_is_not_as_it_was_found_is_followed_by_another(keystone: Trusts, change: str) -> None:
    ensure(keystone)
    (trust,) = keystone.given
    if change == "gone":
        keystone.delete(trust.id)
    elif change == "of another":
        trust.trustee_user_id = "heat"
    else:
        cfg.CONF.set_override("bridge_roles", ["creator"], group=options.GROUP)
    is_to_look_again(keystone)
    try:
        ensure(keystone)
    finally:
        cfg.CONF.clear_override("bridge_roles", group=options.GROUP)
    assert [one for one in keystone.given if one is not trust]


def test_a_stack_s_resources_ask_keystone_once(keystone: Trusts) -> None:
    for _ in range(20):
        ensure(keystone)
    assert keystone.listed == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trustee_user_id", "heat"),
        ("project_id", "elsewhere"),
        ("impersonation", False),
        ("expires_at", "2027-01-01T00:00:00Z"),
    ],
)
def test_a_trust_of_another_kind_is_not_ours(keystone: Trusts, name: str, value: Any) -> None:
    ensure(keystone)
    setattr(keystone.given[0], name, value)
    has_begun_anew(keystone)
    ensure(keystone)
    assert len(keystone.given) == 2


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (ksa.Forbidden(), "application credential"),
        (ksa.NotFound(), "role member"),
    ],
)
def test_why_there_is_no_trust_is_said_to_the_stack_s_owner(keystone: Trusts, refusal: Exception, reason: str) -> None:
    keystone.refusal = refusal
    with pytest.raises(bridge_trust.NoTrustError, match=reason):
        ensure(keystone)


def test_a_keystone_that_is_away_is_no_refusal(keystone: Trusts) -> None:
    keystone.refusal = ksa.ConnectFailure()
    with pytest.raises(errors.ServiceUnavailable, match="ConnectFailure"):
        ensure(keystone)


def test_an_administrator_s_authority_is_not_given_away_on_somebody_s_stack(keystone: Trusts) -> None:
    ensure(keystone, context("admin", project="admins"), "project")
    assert keystone.given == []


@pytest.mark.parametrize(("needed", "gone"), [(True, False), (False, False), (False, True)])
def test_the_trust_goes_when_no_other_stack_of_the_project_needs_it(
    keystone: Trusts, caplog: pytest.LogCaptureFixture, *, needed: bool, gone: bool
) -> None:
    project, other = f"needed-{needed}-{gone}", Tables()
    ensure(keystone, context(project=project), project)
    ensure(keystone, context(project="elsewhere"), "elsewhere")
    status = "IN_PROGRESS" if needed else "COMPLETE"
    change(other.context, models.Stack, other.stack_uuid, tenant=project, action="CREATE", status=status)
    authority = context()
    authority.clients = SimpleNamespace(client=lambda _name: SimpleNamespace(client=SimpleNamespace(trusts=keystone)))
    ref = SimpleNamespace(context=other.context, authority=authority, project_id=project, stack_uuid="s")
    keystone.go_meanwhile = {"t0"} if gone else set()
    bridge_trust.remove_unneeded(ref)
    assert caplog.text == ""
    left = {trust.project_id for trust in keystone.given}
    assert left == ({project, "elsewhere"} if needed else {"elsewhere"})


def test_without_a_bridge_user_there_is_nothing_to_do(keystone: Trusts) -> None:
    cfg.CONF.clear_override("bridge_user_id", group=options.GROUP)
    assert not bridge_trust.wanted()
    assert bridge_trust.owner_trusting(SimpleNamespace()) is None
    bridge_trust.ensure_for(SimpleNamespace())
    assert keystone.listed == 0


def validated(keystone: Trusts, who: str) -> Any:
    """Return a resource that is being validated, for a user of its own: which trusts were just seen is remembered."""
    wrapper = SimpleNamespace(client=SimpleNamespace(trusts=keystone))
    stack = SimpleNamespace(tenant_id="project")
    return SimpleNamespace(name="R1", context=context(who), stack=stack, client=lambda _name: wrapper)


def test_a_keystone_that_fails_for_a_moment_does_not_make_a_template_wrong(keystone: Trusts) -> None:
    keystone.refusal = ksa.InternalServerError()
    waited: list[float] = []

    def recovers(seconds: float) -> None:
        waited.append(seconds)
        keystone.refusal = None

    bridge_trust.ensure_for(validated(keystone, "patient"), sleep=recovers)
    assert (waited, len(keystone.given)) == ([2], 1)


def test_a_keystone_that_goes_on_failing_is_told_of_after_three_tries(keystone: Trusts) -> None:
    keystone.refusal = ksa.InternalServerError()
    waited: list[float] = []
    with pytest.raises(heat_exception.StackValidationFailed, match="R1: Keystone did not give"):
        bridge_trust.ensure_for(validated(keystone, "unlucky"), sleep=waited.append)
    assert waited == [2, 2]


def test_a_refusal_is_told_at_once(keystone: Trusts) -> None:
    keystone.refusal = ksa.Forbidden()
    waited: list[float] = []
    with pytest.raises(heat_exception.StackValidationFailed, match="R1: the stack's owner has given"):
        bridge_trust.ensure_for(validated(keystone, "refused"), sleep=waited.append)
    assert waited == []


def test_of_a_refusal_heat_is_given_nothing_that_keystone_said(keystone: Trusts) -> None:
    keystone.refusal = ksa.Forbidden("token-of-mine")
    with pytest.raises(heat_exception.StackValidationFailed) as raised:
        bridge_trust.ensure_for(validated(keystone, "secretive"))
    assert "token-of-mine" not in "".join(traceback.format_exception(raised.value))


def sender(keystone: Trusts, owner: str, project: str) -> Any:
    """Return a resource whose requests are posted with a user's authority."""
    authority = context(owner, project)
    authority.clients = SimpleNamespace(client=lambda _name: SimpleNamespace(client=SimpleNamespace(trusts=keystone)))
    return SimpleNamespace(authority=authority, project_id=project, stack_uuid="s")


def test_whose_authority_a_request_is_posted_with_is_its_owner_and_trusts_the_bridge(keystone: Trusts) -> None:
    for who, trust_id in (("alice", "t0"), ("bob", "t1"), ("alice", "t0")):
        trust = OwnersTrust(who, Secret(trust_id))
        assert bridge_trust.owner_trusting(sender(keystone, who, "shared")) == bridge_trust.Owner(who, trust)
    assert [trust.trustor_user_id for trust in keystone.given] == ["alice", "bob"]


def test_a_request_that_no_bridge_may_act_on_is_not_posted_though_another_user_trusts_it(keystone: Trusts) -> None:
    bridge_trust.owner_trusting(sender(keystone, "bob", "refused"))
    keystone.refusal = ksa.Forbidden()
    with pytest.raises(bridge_trust.NoTrustError, match="as that user with a password"):
        bridge_trust.owner_trusting(sender(keystone, "alice", "refused"))


def test_an_owner_who_may_not_log_in_is_named_as_such(keystone: Trusts) -> None:
    def refuse(_session: Any) -> str:
        raise heat_exception.AuthorizationFailure

    ref = sender(keystone, "alice", "gone")
    ref.authority.auth_plugin.get_user_id = refuse
    with pytest.raises(NoAuthorityError, match="A member of that project can delete the stack"):
        bridge_trust.owner_trusting(ref)


def test_a_request_is_posted_also_where_the_trust_cannot_be_looked_for(keystone: Trusts) -> None:
    def client(_name: str) -> Any:
        raise heat_exception.AuthorizationFailure

    ref = sender(keystone, "alice", "away")
    ref.authority.clients.client = client
    assert bridge_trust.owner_trusting(ref) == bridge_trust.Owner("alice", None)
    assert keystone.listed == 0
