"""What ``customresource-bridge operator`` refuses before it begins."""

import argparse
from pathlib import Path

import pytest

from customresource_bridge.cmd import common, operator
from customresource_bridge.errors import ConfigurationError

ACCOUNT = {"auth_url": "http://127.0.0.1:1/v3", "username": "bridge", "password": "secret"}


def check(tmp_path: Path, options: dict[str, str]) -> None:
    config = tmp_path / "bridge.conf"
    config.write_text("[operator]\n" + "".join(f"{name} = {value}\n" for name, value in options.items()))
    conf = common.load(argparse.Namespace(config_file=[str(config)], debug=False, os_cloud=None))
    operator._check(conf, workers=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({**ACCOUNT, "username": ""}, "[operator] username is missing"),
        ({**ACCOUNT, "project_limit": "p running=0"}, "[operator] project_limit = p running=0: write"),
        ({**ACCOUNT, "watch": "cloud"}, "[operator] watch = cloud needs project_name"),
    ],
)
def test_what_cannot_work_is_said_before_it_begins(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        check(tmp_path, options)
    assert said in str(failure.value)


def test_what_can_work_is_not_refused(tmp_path: Path) -> None:
    check(tmp_path, {**ACCOUNT, "watch": "cloud", "project_name": "service"})
