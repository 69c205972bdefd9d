"""``openstack customresource dead letter list``, ``show``, ``redrive`` and ``purge``."""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from osc_lib.command import command

from customresource_bridge.clients.zaqar.dead_letters import DeadLetter, chosen, letters, redrive
from customresource_bridge.osc.commands import NONE, ListCommand, readers_of, spoken
from customresource_bridge.visibility.reading import Readers

_COLUMNS = ("Name", "Set Aside At", "Queue", "Reason")


class ListDeadLetters(ListCommand):
    """List the messages that no bridge could answer, oldest first."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Any]]:
        """Return the columns and the rows."""
        del parsed_args
        readers = readers_of(self)
        with spoken():
            found = list(letters(readers.zaqar))
        return _COLUMNS, [(letter.name, letter.set_aside_at, letter.queue, letter.reason) for letter in found]


class ShowDeadLetter(command.ShowOne):
    """Show a dead letter, without its ResponseURL."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        return _named(super().get_parser(prog_name), "a name that list shows")

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Any]]:
        """Return the fields' names and values."""
        readers = readers_of(self)
        with spoken():
            (letter,) = chosen(readers.zaqar, parsed_args.name)
        shown = letter.shown()
        body = shown.get("body", shown.get("beginning_of_body")) if isinstance(shown, dict) else shown
        values = (letter.name, letter.set_aside_at, letter.queue, letter.reason, json.dumps(body, indent=2))
        return ("name", "set_aside_at", "queue", "reason", "body"), values


class RedriveDeadLetter(command.Command):
    """Put a dead letter back into its queue and ring the project's bell."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        return _named(super().get_parser(prog_name), "a name that list shows, or 'all'")

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Put it back."""
        readers = readers_of(self)

        def put_back(letter: DeadLetter) -> str:
            redrive(readers.zaqar, letter, now=readers.now())
            return f"is back in {letter.queue}"

        _each(self.app.stdout.write, readers, parsed_args.name, put_back)


class PurgeDeadLetter(command.Command):
    """Delete a dead letter."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        return _named(super().get_parser(prog_name), "a name that list shows, or 'all'")

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Delete it."""
        readers = readers_of(self)

        def delete(letter: DeadLetter) -> str:
            readers.zaqar.delete(letter.message)
            return "is deleted"

        _each(self.app.stdout.write, readers, parsed_args.name, delete)


def _named(parser: argparse.ArgumentParser, text: str) -> argparse.ArgumentParser:
    parser.add_argument("name", metavar="<name>", help=text)
    return parser


def _each(write: Callable[[str], Any], readers: Readers, name: str, act: Callable[[DeadLetter], str]) -> None:
    with spoken():
        found = chosen(readers.zaqar, name, many=True)
        for letter in found:
            write(f"{letter.name} {act(letter)}\n")
    if not found:
        write(f"{NONE}\n")
