"""The plugin's options: every one has a default and a meaning, and its keys are secret."""

from oslo_config import cfg

from customresource_bridge.plugin import options


def registered(**overrides: object) -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    options.register(conf)
    conf([], default_config_files=[])
    for name, value in overrides.items():
        conf.set_override(name, value, group=options.GROUP)
    return conf


def test_installing_needs_no_edit() -> None:
    group = registered()[options.GROUP]
    assert (group.gateway_url, group.gateway_keys, group.wildcard, group.bridge_user_id) == (None, [], True, None)
    assert group.repost_after == [30, 60, 120, 300]


def test_registering_twice_is_no_harm() -> None:
    conf = registered(watch_seconds=2.0)
    assert options.register(conf).watch_seconds == 2.0


def test_every_option_is_listed_with_its_meaning_and_keys_are_secret() -> None:
    ((group, listed),) = options.list_opts()
    assert group == options.GROUP
    assert [option.name for option in listed if not option.help] == []
    assert {option.name for option in listed if option.secret} == {"gateway_keys", "signature_keys"}
