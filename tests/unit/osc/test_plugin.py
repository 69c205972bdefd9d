import argparse
import importlib
from types import SimpleNamespace

from keystoneauth1 import session as ksa_session
from osc_lib.command import command
from pyproject import PROJECT

from customresource_bridge.osc import plugin


def test_openstackclient_finds_what_it_asks_a_plugin_for() -> None:
    assert PROJECT["entry-points"]["openstack.cli.extension"] == {plugin.API_NAME: plugin.__name__}
    assert plugin.DEFAULT_API_VERSION in plugin.API_VERSIONS
    parser = plugin.build_option_parser(argparse.ArgumentParser())
    assert vars(parser.parse_args([])) == {plugin.API_VERSION_OPTION: plugin.DEFAULT_API_VERSION}


def test_each_command_that_is_registered_is_one_and_says_what_it_does() -> None:
    registered = PROJECT["entry-points"]["openstack.customresource.v1"]
    for name, place in registered.items():
        module, _, kind = place.partition(":")
        found = getattr(importlib.import_module(module), kind)
        assert issubclass(found, command.Command), name
        assert found.__doc__, name
        assert name.startswith("customresource_")


def test_its_client_has_the_session_of_the_user() -> None:
    manager = SimpleNamespace(session=ksa_session.Session(), region_name="one", interface=None)
    assert plugin.make_client(manager).now().tzinfo is not None
