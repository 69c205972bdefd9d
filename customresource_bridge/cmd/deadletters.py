"""``customresource-bridge dead-letters``: lists, shows, redrives and purges the messages that the bridge set aside."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime

from customresource_bridge.clients.zaqar.dead_letters import EVERY, DeadLetter, chosen, letters, redrive
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import common
from customresource_bridge.cmd.arguments import add_format
from customresource_bridge.cmd.lists import NONE, listed
from customresource_bridge.compat import UTC

_HEADINGS = {"name": "Name", "set_aside_at": "Set aside at", "queue": "Queue", "reason": "Reason"}
_REDRIVE = (
    "put it back into its queue and ring the project's bell; an operator's bridges do not hear that, and find it by "
    "their next sweep ([operator] sweep_interval, an hour by default)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    actions = parser.add_subparsers(title="actions", metavar="<action>", required=True)
    for name, text, action in (
        ("list", "one line for each: its name, when, from which queue, and why", _list),
        ("show", "one of them as JSON, without its ResponseURL", _show),
        ("redrive", _REDRIVE, _redrive),
        ("purge", "delete it", _purge),
    ):
        subparser = actions.add_parser(name, help=text, description=text)
        common.add_arguments(subparser)
        if name == "list":
            add_format(subparser)
        else:
            names = "a name that list shows" if name == "show" else f"a name that list shows, or '{EVERY}'"
            subparser.add_argument("name", help=names)
        subparser.set_defaults(action=action)


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    conf = common.load(args, prints=True)
    session = common.session(conf)
    zaqar = Zaqar.from_session(
        session, region_name=common.region(conf), interface=conf.cloud.interface, timeout=conf.cloud.timeout
    )
    action: Callable[[Zaqar, argparse.Namespace], int] = args.action
    return action(zaqar, args)


def _list(zaqar: Zaqar, args: argparse.Namespace) -> int:
    rows = [(letter.name, letter.set_aside_at, letter.queue, letter.reason) for letter in letters(zaqar)]
    _print(listed(args, _HEADINGS, rows))
    return 0


def _show(zaqar: Zaqar, args: argparse.Namespace) -> int:
    (letter,) = chosen(zaqar, args.name)
    _print(json.dumps(letter.shown(), indent=2))
    return 0


def _redrive(zaqar: Zaqar, args: argparse.Namespace) -> int:
    def put_back(letter: DeadLetter) -> str:
        redrive(zaqar, letter, now=datetime.now(UTC))
        return f"is back in {letter.queue}"

    return _each(chosen(zaqar, args.name, many=True), put_back)


def _purge(zaqar: Zaqar, args: argparse.Namespace) -> int:
    def delete(letter: DeadLetter) -> str:
        zaqar.delete(letter.message)
        return "is deleted"

    return _each(chosen(zaqar, args.name, many=True), delete)


def _each(found: list[DeadLetter], act: Callable[[DeadLetter], str]) -> int:
    for letter in found:
        _print(f"{letter.name} {act(letter)}")
    if not found:
        _print(NONE)
    return 0


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
