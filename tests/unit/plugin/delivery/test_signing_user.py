"""A stack's signing user. ``make unit-plugin``."""

from oslo_config import cfg

from customresource_bridge.plugin.delivery import signing_user


def test_a_stacks_keys_are_derived_and_its_own() -> None:
    cfg.CONF.set_override("auth_encryption_key", "k" * 32)
    one, again, other = (signing_user.key_pair(stack) for stack in ("1", "1", "2"))
    assert one == again
    assert len({one.access, one.secret.reveal(), other.access, other.secret.reveal()}) == 4
    assert one.secret.reveal() not in repr(one)
