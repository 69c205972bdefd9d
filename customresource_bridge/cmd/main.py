"""``customresource-bridge``: finds the subcommand, and turns what goes wrong into one line and an exit code.

A subcommand is a module of this package with ``NAME``, ``HELP``, ``add_arguments(parser)`` and ``run(args) -> int``;
it is listed in :data:`COMMANDS`. Exit codes: 0 done, 1 it failed, 2 it was called or configured wrongly.
"""

import argparse
import importlib
import importlib.metadata
import sys
from collections.abc import Sequence
from typing import Protocol

from oslo_config import cfg

from customresource_bridge import errors

COMMANDS = ("run", "operator", "check", "deadletters", "gateway", "provider", "conformance", "port")
"""The modules beside this one that are subcommands, in the order they are shown."""

FAILED = 1
MISUSED = 2


class Command(Protocol):
    """What a subcommand's module has."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the subcommand takes."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except errors.ConfigurationError as error:
        return _say(error, MISUSED)
    except cfg.Error as error:
        return _say(error, MISUSED)
    except errors.CustomResourceError as error:
        return _say(error, FAILED)
    except KeyboardInterrupt:
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="customresource-bridge",
        description="Custom resources for OpenStack Heat, compatible with CloudFormation's.",
    )
    parser.add_argument("--version", action="version", version=importlib.metadata.version("customresource-bridge"))
    subparsers = parser.add_subparsers(title="commands", metavar="<command>", required=True)
    for name in COMMANDS:
        command: Command = importlib.import_module(f"customresource_bridge.cmd.{name}")
        subparser = subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def _say(error: Exception, code: int) -> int:
    sys.stderr.write(f"customresource-bridge: {' '.join(str(error).split())}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
