"""``customresource-bridge``: finds the subcommand, and turns what goes wrong into one line and an exit code.

A subcommand is a module of this package with ``add_arguments(parser)`` and ``run(args) -> int``, listed in
:data:`COMMANDS`; only the one that is called is imported, since some of them load half of OpenStack's clients.
Exit codes: 0 done, 1 it failed, 2 it was called or configured wrongly.
"""

import argparse
import importlib
import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from oslo_config import cfg

from customresource_bridge import errors
from customresource_bridge.protocol.printing import one_line, without_text

COMMANDS: Mapping[str, str] = {
    "run": "Handle the project's custom resource requests until SIGTERM.",
    "operator": "Handle the requests of all projects that trust this bridge, until SIGTERM.",
    "check": "Check the configuration, and that every service can be reached.",
    "dead-letters": "List, show, redrive or purge the messages that were set aside.",
    "gateway": "Run the response gateway behind every ResponseURL.",
    "provider": "Run a Lambda-style Python handler on the requests of a queue.",
    "event": "Write an event to try a handler with.",
    "invoke": "Run a handler on one event, here, and show what Heat would be told.",
    "conformance": "Check a handler against the contract, without any cloud.",
    "kit": "Write the operator's files: systemd units, alert rules, dashboard, Containerfile, sample configurations.",
    "port": "Translate a CloudFormation template into HOT, and propose how to run its custom resources' handlers.",
}
"""Each subcommand and what it is for, in the order they are shown. Its module beside this one has no hyphen."""

EXTRAS: Mapping[str, str] = {
    "operator": "operator",
    "gateway": "gateway",
    "conformance": "gateway",
    "invoke": "gateway",
    "port": "port",
}
"""Which extra of the package a subcommand needs; the others do with the package alone."""

FAILED = 1
MISUSED = 2


class Command(Protocol):
    """What a subcommand's module has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the subcommand takes."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program."""
    words = sys.argv[1:] if argv is None else argv
    chosen = _subcommand(words)
    try:
        args = _parser(chosen).parse_args(words)
        return int(args.run(args))
    except ModuleNotFoundError as error:
        return _say(_missing(error, chosen), MISUSED)
    except errors.ConfigurationError as error:
        return _say(error, MISUSED, debug="--debug" in words)
    except cfg.Error as error:
        return _say(error, MISUSED)
    except errors.CustomResourceError as error:
        return _say(error, FAILED, debug="--debug" in words)
    except KeyboardInterrupt:
        return FAILED


def _subcommand(words: Sequence[str]) -> str | None:
    # The program's own options take no value, so the first word that is none of them is the subcommand.
    return next((word for word in words if not word.startswith("-")), None)


def _missing(error: ModuleNotFoundError, subcommand: str | None) -> errors.ConfigurationError:
    """Return what to install.

    :raises ModuleNotFoundError: the missing module is our own: no extra would bring it.
    """
    library = (error.name or "").partition(".")[0]
    if library in {"", __name__.partition(".")[0]}:
        raise error
    extra = EXTRAS.get(subcommand or "")
    package = f"customresource-bridge[{extra}]" if extra else "customresource-bridge"
    return errors.ConfigurationError(f"{library} is missing: pip install '{package}'")


def _parser(chosen: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="customresource-bridge",
        description="Custom resources for OpenStack Heat, compatible with CloudFormation's.",
    )
    parser.add_argument("--version", action=_VersionAction, nargs=0, help="show the version and end")
    subparsers = parser.add_subparsers(title="commands", metavar="<command>", required=True)
    for name, purpose in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=purpose, description=purpose)
        if name == chosen:
            command = module_of(name)
            command.add_arguments(subparser)
            subparser.set_defaults(run=command.run)
    return parser


def module_of(name: str) -> Command:
    """Return a subcommand's module."""
    command: Command = importlib.import_module(f"customresource_bridge.cmd.{name.replace('-', '')}")
    return command


class _VersionAction(argparse.Action):
    """Looks the version up only when it is asked for: that reads the package's metadata from the disk."""

    def __call__(self, parser: argparse.ArgumentParser, *_args: Any) -> None:
        sys.stdout.write(f"{importlib.metadata.version('customresource-bridge')}\n")
        parser.exit()


def _say(error: Exception, code: int, *, debug: bool = False) -> int:
    if debug:
        sys.stderr.write(f"{without_text(error)}\n")
    sys.stderr.write(one_line(f"customresource-bridge: {' '.join(str(error).split())}") + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
