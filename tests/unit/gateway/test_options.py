from oslo_config import cfg

from customresource_bridge.gateway import options
from customresource_bridge.protocol import limits


def registered() -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    conf.register_opts([*options.SERVICE_OPTIONS, *options.SERVER_OPTIONS], group=options.GROUP)
    conf([])
    return conf


def test_each_option_has_a_help_and_a_default_of_its_own_type() -> None:
    conf = registered()
    for option in (*options.SERVICE_OPTIONS, *options.SERVER_OPTIONS):
        assert option.help, option.name
        assert conf[options.GROUP][option.dest] == option.default


def test_keys_are_secret_and_the_largest_response_is_the_protocol_s() -> None:
    keys = next(option for option in options.SERVICE_OPTIONS if option.name == "gateway_keys")
    assert keys.secret
    assert registered()[options.GROUP].max_response_bytes == limits.MAX_RESPONSE_BYTES
