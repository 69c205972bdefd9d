import logging
from pathlib import Path

import pytest
from oslo_config import cfg

from customresource_bridge import conf as configuration
from customresource_bridge.log_lines import LinesFormatter

WITH_KEY = "[security]\nsignature_keys = a-key-of-mine\n"
WITHOUT = "[bridge]\nworkers = 3\n"


def written(folder: Path, name: str, text: str, mode: int) -> str:
    file = folder / name
    file.write_text(text)
    file.chmod(mode)
    return str(file)


@pytest.mark.parametrize(
    ("text", "mode", "warned"),
    [
        (WITH_KEY, 0o644, True),
        (WITH_KEY, 0o604, True),
        (WITH_KEY, 0o640, False),
        (WITH_KEY, 0o600, False),
        (WITHOUT, 0o644, False),
        ("[operator]\npassword =\n", 0o644, False),
    ],
)
def test_a_file_with_keys_that_every_user_may_read_is_found(text: str, mode: int, warned: bool, tmp_path: Path) -> None:
    file = written(tmp_path, "bridge.conf", text, mode)
    conf = configuration.load([file])
    assert configuration.readable_secrets(conf, configuration.list_opts()) == ([file] if warned else [])


def test_each_handler_of_the_log_keeps_to_its_lines(tmp_path: Path) -> None:
    configuration.load([written(tmp_path, "bridge.conf", WITHOUT, 0o600)])
    handlers = logging.getLogger().handlers
    assert handlers
    assert all(isinstance(handler.formatter, LinesFormatter) for handler in handlers)


def test_only_the_file_with_the_key_is_found(tmp_path: Path) -> None:
    plain, keys = written(tmp_path, "a.conf", WITHOUT, 0o644), written(tmp_path, "b.conf", WITH_KEY, 0o644)
    conf = configuration.load([plain, keys])
    assert configuration.readable_secrets(conf, configuration.list_opts()) == [keys]


def test_the_warning_names_the_file_and_no_key(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "b.conf", WITH_KEY, 0o644)
    configuration.warn_of_readable_secrets(configuration.load([file]), configuration.list_opts())
    said = "".join(capfd.readouterr())
    assert f"{file} holds keys or passwords" in said
    assert "a-key-of-mine" not in said


@pytest.mark.parametrize("prints", [True, False])
def test_what_a_command_prints_has_no_log_in_it(
    prints: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "b.conf", WITH_KEY, 0o644)
    configuration.warn_of_readable_secrets(configuration.load([file], prints=prints), configuration.list_opts())
    said = capfd.readouterr()
    assert ("holds keys" in said.err, "holds keys" in said.out) == (prints, not prints)


def test_files_come_one_after_another_and_debug_above_them(tmp_path: Path) -> None:
    first, second = (
        written(tmp_path, "a.conf", WITHOUT, 0o600),
        written(tmp_path, "b.conf", "[bridge]\nworkers=5", 0o600),
    )
    assert configuration.load([first, second]).bridge.workers == 5
    assert configuration.load([first], debug=True).debug is True
    assert configuration.load([first]).debug is False


def test_a_value_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cfg.Error):
        configuration.load([written(tmp_path, "a.conf", "[bridge", 0o600)])


def test_every_option_has_a_meaning_in_words() -> None:
    assert all(option.help for _group, options in configuration.list_opts() for option in options)
