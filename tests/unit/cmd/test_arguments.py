import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from customresource_bridge.cmd.arguments import first_and_changed, json_object
from customresource_bridge.cmd.main import COMMANDS, module_of
from customresource_bridge.errors import ConfigurationError


def parsers(name: str) -> Iterator[argparse.ArgumentParser]:
    """Yield a subcommand's parser, or those of its actions where it has any."""
    parser = argparse.ArgumentParser(prog=name)
    module_of(name).add_arguments(parser)
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    yield from (actions[0].choices.values() if actions else [parser])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_takes_debug(name: str) -> None:
    for parser in parsers(name):
        assert "log more" in parser.format_help()
        (debug,) = [action for action in parser._actions if "--debug" in action.option_strings]
        assert debug.default is False


@pytest.mark.parametrize("name", ["run", "operator", "check", "dead-letters", "gateway"])
def test_every_subcommand_with_a_configuration_takes_several_files(name: str) -> None:
    for parser in parsers(name):
        (option,) = [action for action in parser._actions if "--config-file" in action.option_strings]
        assert (option.metavar, option.default) == ("PATH", None)
        assert isinstance(option, argparse._AppendAction)


@pytest.mark.parametrize("name", ["run", "check", "dead-letters", "provider"])
def test_what_talks_to_a_cloud_takes_its_name(name: str) -> None:
    for parser in parsers(name):
        (option,) = [action for action in parser._actions if "--os-cloud" in action.option_strings]
        assert (option.metavar, option.default) == ("NAME", None)


@pytest.mark.parametrize("name", ["check", "dead-letters"])
def test_what_lists_things_lists_them_as_openstack_s_client_does(name: str) -> None:
    parser = next(parsers(name))
    (option,) = [action for action in parser._actions if "-f" in action.option_strings]
    assert (tuple(option.choices or ()), option.default) == (("table", "json", "yaml", "csv", "value"), "table")


@pytest.mark.parametrize("text", ["{", "[]", '"x"', None])
def test_a_file_without_a_json_object_is_named(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "properties.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"properties\.json"):
        json_object(file)
    file.write_text('{"Name": "x"}')
    assert json_object(file) == {"Name": "x"}


def test_a_handler_that_wants_properties_of_its_own_is_sent_no_others(tmp_path: Path) -> None:
    first, changed = tmp_path / "first.json", tmp_path / "changed.json"
    first.write_text('{"Zone": "a"}')
    changed.write_text('{"Zone": "b"}')
    assert first_and_changed(None, None) == ({"Name": "one"}, {"Name": "two"})
    assert first_and_changed(first, None) == ({"Zone": "a"}, {"Zone": "a"})
    assert first_and_changed(first, changed) == ({"Zone": "a"}, {"Zone": "b"})
