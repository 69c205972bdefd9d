"""Trusts: whichever of a project's works is used, and no list of them is asked for more often than need be."""

import re
from datetime import datetime
from typing import Any

import pytest
import requests
import requests_mock
from keystoneauth1 import exceptions as ksa
from keystoneauth1 import session as ksa_session

from customresource_bridge import errors
from customresource_bridge.clients.http import service_errors
from customresource_bridge.clients.keystone.trusts import (
    Account,
    ProjectAuth,
    Registry,
    Trust,
    connections,
    in_turn,
    own_session,
)
from customresource_bridge.compat import UTC
from customresource_bridge.protocol import Secret

URL = "http://keystone.test/v3"
ACCOUNT = Account(auth_url=URL, username="bridge", password=Secret("pass"), user_domain_name="Default")


class Keystone:
    """Answers for the bridge's user and for the trusts it is given."""

    def __init__(self, mock: requests_mock.Mocker) -> None:
        self.trusts: list[dict[str, Any]] = []
        self.working: set[str] = set()
        self.tried: list[str] = []
        self.listed = 0
        self.now = 0.0
        mock.post(f"{URL}/auth/tokens", json=self._token, headers={"X-Subject-Token": "t"})
        mock.get(f"{URL}/OS-TRUST/trusts", json=self._list)
        self.session = own_session(ACCOUNT, timeout=5, verify=True, project={"unscoped": True})
        self.session.session = requests.Session()  # what requests_mock stands in for
        self.registry = Registry(self.session, ACCOUNT, stale_after=2.0, monotonic=lambda: self.now)

    def give(self, trust: str, project: str = "p", *, owner: str = "owner", works: bool = True, **more: Any) -> None:
        given = {"id": trust, "project_id": project, "trustor_user_id": owner, "impersonation": True, **more}
        self.trusts.append(given)
        if works:
            self.working.add(trust)

    def auth(self, project: str = "p", *roles: str, owner: str | None = None) -> ProjectAuth:
        return ProjectAuth(ACCOUNT, self.registry, project, min_token_life=120, roles=roles, owner_id=owner)

    def trust_used(self, auth: ProjectAuth) -> str:
        return str(auth.get_access(ksa_session.Session()).trust_id)

    def _list(self, request: Any, _context: Any) -> Any:
        assert request.qs == {"trustee_user_id": ["bridge-id"]}
        self.listed += 1
        return {"trusts": self.trusts}

    def _token(self, request: Any, context: Any) -> Any:
        context.status_code = 201
        scope = request.json()["auth"].get("scope")
        token: dict[str, Any] = {
            "methods": ["password"],
            "issued_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "expires_at": "2099-01-01T00:00:00.000000Z",
            "user": {
                "id": "bridge-id",
                "name": "bridge",
                "domain": {"id": "default", "name": "Default"},
            },
        }
        if isinstance(scope, dict):
            trust = scope["OS-TRUST:trust"]["id"]
            if trust not in self.working:
                self.tried.append(trust)
                # As Keystone has it: 401 for a trust that is gone, 403 for one whose owner is, or has lost a role.
                code = 403 if any(one["id"] == trust for one in self.trusts) else 401
                context.status_code = code
                return {"error": {"code": code, "message": "no", "title": "no"}}
            token["OS-TRUST:trust"] = {"id": trust, "impersonation": True}
            self.tried.append(trust)
            given = next(one for one in self.trusts if one["id"] == trust)
            token["project"] = {"id": given["project_id"], "name": "p", "domain": token["user"]["domain"]}
            token["user"]["id"] = given["trustor_user_id"]
            token["roles"] = [{"id": name, "name": name} for name in given.get("roles", ["member", "reader"])]
        return {"token": token}


@pytest.fixture
def keystone(requests_mock: requests_mock.Mocker) -> Keystone:
    return Keystone(requests_mock)


def test_a_project_s_token_is_made_of_its_own_trust(keystone: Keystone) -> None:
    keystone.give("t1", "p")
    keystone.give("t2", "other")
    assert keystone.trust_used(keystone.auth("p")) == "t1"
    assert keystone.trust_used(keystone.auth("other")) == "t2"
    assert keystone.listed == 1


def test_a_trust_that_no_longer_works_gives_way_to_another_owner_s(keystone: Keystone) -> None:
    keystone.give("gone", owner="who left", works=False)
    keystone.give("good")
    assert keystone.trust_used(keystone.auth()) == "good"


def test_a_trust_that_delegates_less_than_the_bridge_is_to_have_is_none(keystone: Keystone) -> None:
    """Whoever has any role in a project can give the bridge a trust with it."""
    keystone.give("reader's", owner="reader", roles=["reader"])
    keystone.give("stranger's", owner="stranger", roles=["heat_stack_user"])
    with pytest.raises(ksa.Unauthorized, match="any more with the roles member, reader"):
        keystone.trust_used(keystone.auth("p", "member", "reader"))
    keystone.now = 2.0
    keystone.give("owner's")
    assert keystone.trust_used(keystone.auth("p", "member", "reader")) == "owner's"


def test_an_owner_s_session_is_made_of_that_one_s_trust_and_of_no_other(keystone: Keystone) -> None:
    keystone.give("alice's", owner="alice")
    keystone.give("bob's", owner="bob")
    assert keystone.trust_used(keystone.auth(owner="bob")) == "bob's"
    assert keystone.trust_used(keystone.auth(owner="alice")) == "alice's"
    assert keystone.tried == ["bob's", "alice's"]
    assert keystone.listed == 1


def test_the_project_s_token_is_an_owner_s_where_it_is_that_one_s_trust(keystone: Keystone) -> None:
    keystone.give("owner's")
    keystone.give("bob's", owner="bob")
    project, owner, bob = keystone.auth(), keystone.auth(owner="owner"), keystone.auth(owner="bob")
    owner.share(project)  # which has none yet
    assert keystone.trust_used(project) == "owner's"
    for one in (owner, bob):
        one.share(project)
    assert keystone.trust_used(owner) == "owner's"
    assert keystone.tried == ["owner's"]
    assert keystone.trust_used(bob) == "bob's"


@pytest.mark.parametrize(
    "theirs",
    [{"roles": ["reader"]}, {"roles": ["heat_stack_user"]}, {"works": False}, {"owner": "another"}],
    ids=["a reader's", "a stranger's with a role", "of somebody who left", "none"],
)
def test_without_a_good_trust_of_the_owner_s_no_other_is_taken_and_it_is_said_who_can_help(
    keystone: Keystone, theirs: dict[str, Any]
) -> None:
    keystone.give("bob's", owner="bob")
    keystone.give("alice's", **{"owner": "alice", **theirs})
    message = "owner, user alice, gives the bridge no trust that works with the roles member: that user, or another of"
    auth = keystone.auth("p", "member", owner="alice")
    for keystone.now, listed_at in ((1.0, 1.0), (2.0, 1.0), (32.0, 32.0)):
        with pytest.raises(errors.NoTrust, match=message) as refused:
            keystone.trust_used(auth)
        assert refused.value.listed_at == listed_at
    assert "bob's" not in keystone.tried
    keystone.now = 34.0
    keystone.give("alice's new", owner="alice")
    assert keystone.trust_used(auth) == "alice's new"


def test_where_the_bridge_itself_is_not_let_in_no_owner_is_taken_for_the_reason(
    keystone: Keystone, requests_mock: requests_mock.Mocker
) -> None:
    keystone.give("alice's", owner="alice")
    keystone.registry.projects()
    requests_mock.post(f"{URL}/auth/tokens", status_code=401)
    auth = keystone.auth(owner="alice")
    for keystone.now in (0.0, 1.0, 60.0, 120.0):
        with pytest.raises(ksa.Unauthorized):
            keystone.trust_used(auth)


def told(trust: str, owner: str = "owner", project: str = "p") -> Trust:
    return Trust(trust_id=Secret(trust), project_id=project, owner_id=owner)


def test_who_was_told_of_a_trust_needs_no_list(keystone: Keystone) -> None:
    keystone.give("alice's", owner="alice")
    keystone.registry.tell(told("alice's", "alice"))
    assert keystone.trust_used(keystone.auth(owner="alice")) == "alice's"
    assert keystone.trust_used(keystone.auth()) == "alice's"
    assert keystone.listed == 0


@pytest.mark.parametrize(
    "word",
    [told("bob's", "alice"), told("another's", "alice"), told("gone", "alice"), told("weak", "alice")],
    ids=["another user's", "another project's", "removed", "a reader's"],
)
def test_a_false_word_of_a_trust_is_not_believed_and_not_heeded_again(keystone: Keystone, word: Trust) -> None:
    keystone.give("bob's", owner="bob")
    keystone.give("another's", "q", owner="alice")
    keystone.give("weak", owner="alice", roles=["reader"])
    keystone.give("alice's", owner="alice")
    keystone.registry.tell(word)
    for _ in range(2):
        assert keystone.trust_used(keystone.auth("p", "member", owner="alice")) == "alice's"
    assert keystone.tried.count(word.trust_id.reveal()) <= 2  # once by word, once as one of the list
    assert keystone.listed == 1


def test_words_of_trusts_are_bounded(keystone: Keystone) -> None:
    for number in range(10_050):
        keystone.registry.tell(told("t", f"owner-{number}"))
    assert len(keystone.registry._told) == 10_000
    assert keystone.registry.of("p", "owner-10049")
    assert keystone.listed == 0


def test_of_many_who_wait_for_a_list_that_does_not_come_one_asks(
    keystone: Keystone, requests_mock: requests_mock.Mocker
) -> None:
    failing = requests_mock.get(f"{URL}/OS-TRUST/trusts", status_code=503)
    for _ in range(5):
        with pytest.raises(errors.ServiceUnavailable, match="list the bridge's trusts"):
            keystone.registry.of("p")
    assert failing.call_count == 1
    keystone.now = 2.0
    with pytest.raises(errors.ServiceUnavailable):
        keystone.registry.of("p")
    assert failing.call_count == 2


def test_nobody_waits_for_a_list_longer_than_for_an_answer(keystone: Keystone) -> None:
    keystone.registry._adapter.timeout = 0.01
    with keystone.registry._lock, pytest.raises(errors.ServiceUnavailable, match="still being asked"):
        keystone.registry.of("p")


def test_a_role_has_one_name_in_whatever_case(keystone: Keystone) -> None:
    keystone.give("owner's", roles=["Member"])
    assert keystone.trust_used(keystone.auth("p", "member")) == "owner's"


def word(trust: str, owner: str) -> Trust:
    return Trust(trust_id=Secret(trust), project_id="p", owner_id=owner)


def test_words_of_trusts_that_are_gone_keep_no_other_from_its_turn_and_are_forgotten(keystone: Keystone) -> None:
    keystone.give("good")
    for number in range(25):
        keystone.registry.tell(word(f"gone-{number}", f"owner-{number}"))
    assert keystone.trust_used(keystone.auth()) == "good"
    assert len(keystone.tried) <= 20
    keystone.tried.clear()
    for _ in range(2):
        assert keystone.trust_used(keystone.auth()) == "good"
    assert len(keystone.tried) <= 20


def test_an_owner_whose_trust_is_gone_is_in_doubt_once_and_then_gives_none(keystone: Keystone) -> None:
    keystone.registry.tell(word("gone", "alice"))
    with pytest.raises(ksa.Unauthorized):
        keystone.trust_used(keystone.auth(owner="alice"))
    with pytest.raises(errors.NoTrust):
        keystone.trust_used(keystone.auth(owner="alice"))


def test_many_trusts_of_one_user_neither_hide_another_s_nor_cost_a_login_each(keystone: Keystone) -> None:
    for number in range(150):
        keystone.give(f"flood-{number}", owner="flood", works=False)
    keystone.give("owner's")
    assert keystone.trust_used(keystone.auth()) == "owner's"
    assert len(keystone.tried) == 2
    keystone.working.clear()
    keystone.tried.clear()
    with pytest.raises(ksa.Unauthorized):
        keystone.trust_used(keystone.auth())
    assert len(keystone.tried) == 20


def test_owners_have_their_turns() -> None:
    trusts = [
        Trust(trust_id=Secret(name), project_id="p", owner_id=name[0]) for name in ("a1", "a2", "a3", "b1", "b2", "c1")
    ]
    assert [trust.trust_id.reveal() for trust in in_turn(trusts)] == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_is_known_does_not_wait_for_a_list_of_the_cloud(keystone: Keystone) -> None:
    keystone.give("a")
    keystone.registry.projects()
    keystone.registry._lock.acquire()  # another project's request fetches it
    try:
        assert [trust.trust_id.reveal() for trust in keystone.registry.of("p")] == ["a"]
    finally:
        keystone.registry._lock.release()


def test_a_trust_made_since_the_list_is_found(keystone: Keystone) -> None:
    keystone.give("gone", works=False)
    keystone.registry.of("p")
    keystone.give("new")
    keystone.now = 3.0
    assert keystone.trust_used(keystone.auth()) == "new"
    assert keystone.listed == 2


def test_no_trust_is_an_authentication_error_whatever_keystone_said(keystone: Keystone) -> None:
    keystone.give("gone", works=False)
    with pytest.raises(errors.Unauthorized, match="trusts the bridge any more"), service_errors("Zaqar", "claim"):
        keystone.auth().get_access(ksa_session.Session())


def test_the_list_is_not_asked_for_again_and_again(keystone: Keystone) -> None:
    for _ in range(20):
        with pytest.raises(ksa.Unauthorized):
            keystone.auth().get_access(ksa_session.Session())
    assert keystone.listed == 1


def test_one_owner_s_trust_is_removed_with_the_owner_s_own_authority(
    keystone: Keystone, requests_mock: requests_mock.Mocker
) -> None:
    keystone.give("mine", owner="owner")
    keystone.give("gone", owner="owner", works=False)
    keystone.give("another-s", owner="other")
    keystone.give("elsewhere", "q", owner="owner")
    keystone.registry.projects()
    removals = requests_mock.delete(re.compile(f"{URL}/OS-TRUST/trusts/"), status_code=204)
    requests_mock.delete(f"{URL}/OS-TRUST/trusts/gone", status_code=404)  # by another host, at the same time
    owner = ksa_session.Session(auth=keystone.auth())
    keystone.registry.remove(owner, "p")
    removed = [request.path for request in requests_mock.request_history if request.method == "DELETE"]
    assert removed == ["/v3/os-trust/trusts/mine", "/v3/os-trust/trusts/gone"]
    assert removals.call_count == 1
    assert keystone.registry.known() == ["q"]


def test_a_trust_without_impersonation_or_project_is_none(keystone: Keystone) -> None:
    keystone.give("weak", impersonation=False)
    keystone.give("domain", project_id=None)
    assert keystone.registry.projects() == []


def test_trust_ids_and_passwords_are_in_no_repr(keystone: Keystone) -> None:
    keystone.give("t-secret")
    assert "t-secret" not in repr(keystone.registry.of("p"))
    assert "pass" not in repr(ACCOUNT).replace("password", "")


@pytest.mark.parametrize("answer", [{}, {"trusts": None}, {"trusts": [{"impersonation": True, "project_id": "p"}]}, []])
def test_a_list_that_cannot_be_read_means_later(requests_mock: requests_mock.Mocker, answer: Any) -> None:
    keystone = Keystone(requests_mock)
    requests_mock.get(f"{URL}/OS-TRUST/trusts", json=answer)
    with pytest.raises(errors.ServiceUnavailable):
        keystone.registry.projects()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_keystone_says_of_a_user_is_not_taken_for_what_a_service_says(status: int) -> None:
    with pytest.raises(errors.Unauthorized), service_errors("Mistral", "show an execution"):
        raise ksa.HttpError("gone", http_status=status)


def test_one_project_s_cookies_do_not_travel_with_another_s_call(requests_mock: requests_mock.Mocker) -> None:
    pool = connections(3)
    requests_mock.get("http://service.test/", headers={"Set-Cookie": "who=a; Path=/"})
    pool.get("http://service.test/")
    assert not list(pool.cookies)
    assert isinstance(pool, requests.Session)


@pytest.mark.parametrize("text", ["[" * 5000, "<html>", "9" * 5000])
def test_a_list_that_is_no_json_means_later(requests_mock: requests_mock.Mocker, text: str) -> None:
    keystone = Keystone(requests_mock)
    requests_mock.get(f"{URL}/OS-TRUST/trusts", text=text)
    with pytest.raises(errors.ServiceUnavailable):
        keystone.registry.projects()
