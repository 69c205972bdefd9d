"""Declares the arguments that mean the same in every subcommand. Light: it imports no client."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customresource_bridge.errors import ConfigurationError

FORMATS = ("table", "json", "yaml", "csv", "value")


def add_config_file(parser: argparse.ArgumentParser, *, default: str = "") -> None:
    """Declare --config-file.

    :param default: what is read where none is given, in words.
    """
    text = "may be given several times" + (f" (default: {default})" if default else "")
    parser.add_argument("--config-file", action="append", metavar="PATH", help=text)


def add_debug(parser: argparse.ArgumentParser) -> None:
    """Declare --debug."""
    parser.add_argument("--debug", action="store_true", help="log more, and show where an error arose")


def add_os_cloud(parser: argparse.ArgumentParser) -> None:
    """Declare --os-cloud."""
    parser.add_argument("--os-cloud", metavar="NAME", help="a cloud of clouds.yaml; by default OS_CLOUD, or OS_*")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Declare -f and -c, as OpenStack's client has them."""
    parser.add_argument("-f", "--format", choices=FORMATS, default="table", help="(default: %(default)s)")
    text = "a column to print; may be given several times (default: all)"
    parser.add_argument("-c", "--column", action="append", dest="columns", metavar="COLUMN", default=[], help=text)


def json_object(file: Path) -> Mapping[str, Any]:
    """Return the JSON object that a file holds.

    :raises ConfigurationError: it cannot be read, or holds none.
    """
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{file} holds no JSON object")
    return value


def first_and_changed(first: Path | None, changed: Path | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the properties of a trial's Create, and those of its Update.

    A handler that wants properties of its own is sent no others: without a file for its Update, the same again.

    :raises ConfigurationError: as :func:`json_object`.
    """
    given = json_object(first) if first else {"Name": "one"}
    again = given if first else {"Name": "two"}
    return given, json_object(changed) if changed else again
