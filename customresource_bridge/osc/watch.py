"""``openstack customresource request watch``."""

import argparse
import time

from osc_lib import exceptions
from osc_lib.command import command

from customresource_bridge import errors
from customresource_bridge.osc.columns import step_line
from customresource_bridge.osc.commands import readers_of, spoken
from customresource_bridge.protocol.printing import one_line
from customresource_bridge.visibility.watch import StackWatch


class WatchStack(command.Command):
    """Follow a stack's events and executions until Heat has done with it; fails if that failed."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Say what the command takes."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument("stack", metavar="<stack>", help="a stack (name or ID)")
        parser.add_argument(
            "--interval", metavar="<seconds>", type=float, default=2.0, help="between two looks (default: %(default)s)"
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print what happens, until the stack is no longer IN_PROGRESS."""
        readers = readers_of(self)
        with spoken():
            watch = StackWatch(readers, readers.heat.find(parsed_args.stack))
            while not self._looked(watch) or watch.stack.in_progress:
                time.sleep(max(parsed_args.interval, 0.1))
        if watch.stack.status.endswith("_FAILED"):
            raise exceptions.CommandError(f"{watch.stack.name} is {watch.stack.status}")

    def _looked(self, watch: StackWatch) -> bool:
        """Print what is new; return False where a service was away, and is asked again."""
        try:
            steps = watch.look()
        except errors.ServiceUnavailable as error:
            self.log.warning("%s", one_line(str(error)))
            return False
        self.app.stdout.writelines(f"{step_line(step)}\n" for step in steps)
        self.app.stdout.flush()
        return True
