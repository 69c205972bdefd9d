"""A stack's signing user. ``make unit-plugin``."""

from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1 import exceptions as ksa
from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.plugin.delivery import signing_user


def test_a_stacks_keys_are_derived_and_its_own() -> None:
    cfg.CONF.set_override("auth_encryption_key", "k" * 32)
    one, again, other = (signing_user.key_pair(stack) for stack in ("1", "1", "2"))
    assert one == again
    assert len({one.access, one.secret.reveal(), other.access, other.secret.reveal()}) == 4
    assert one.secret.reveal() not in repr(one)


class Removed:
    """A stack domain where another process removes each user as soon as it was refused a second time."""

    client: Any

    def __init__(self) -> None:
        users = SimpleNamespace(create=self.refuse, list=lambda **_: [])
        self.client = SimpleNamespace(users=users)

    def refuse(self, **_user: Any) -> None:
        raise ksa.Conflict

    def auth_domain_id(self) -> str:
        return "domain"


def test_a_signer_that_goes_as_it_is_looked_for_is_made_later() -> None:
    ref: Any = SimpleNamespace(stack=SimpleNamespace(stack_user_project_id="p"), stack_uuid="s")
    with pytest.raises(errors.ServiceUnavailable):
        signing_user.ensure_for(ref, find_admin=Removed)


class StackDomain:
    """A stack domain with signing users, some of which have lost their project, and what was asked of it."""

    client: Any

    def __init__(self, users: list[Any]) -> None:
        self.listed: list[str] = []
        self.deleted: list[str] = []
        self.client = SimpleNamespace(users=SimpleNamespace(list=self._list, delete=self.deleted.append))
        self._users = users

    def _list(self, *, domain: str, name__startswith: str) -> list[Any]:
        assert domain == "domain"
        self.listed.append(name__startswith)
        return [user for user in self._users if user.name.startswith(name__startswith)]

    def auth_domain_id(self) -> str:
        return "domain"


def users(number: int) -> list[Any]:
    """Return so many users, every second without a project, evenly over the names as random ids are."""
    return [
        SimpleNamespace(
            id=str(n), name=f"heat-cr-{n * 4096 // number:03x}-{n}", default_project_id="p" if n % 2 else None
        )
        for n in range(number)
    ]


def test_of_few_stacks_all_signers_that_lost_their_project_are_deleted() -> None:
    domain = StackDomain([*users(60), SimpleNamespace(id="other", name="Heat-cr-a", default_project_id=None)])
    signing_user.remove_left_behind(find_admin=lambda: domain, place=lambda: "a00")
    assert domain.deleted == [str(n) for n in range(0, 60, 2)]
    assert domain.listed == ["heat-cr-a00", "heat-cr-a0", "heat-cr-a", "heat-cr-"]


def test_of_many_stacks_a_part_is_looked_at() -> None:
    domain = StackDomain(users(100_000))
    signing_user.remove_left_behind(find_admin=lambda: domain, place=lambda: "a00")
    assert domain.listed == ["heat-cr-a00", "heat-cr-a0"]
    assert 190 <= len(domain.deleted) <= 200
