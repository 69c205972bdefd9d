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
