"""``customresource-bridge check``: is everything there that a bridge needs? One line each, and the remedy."""

import argparse
import sys

from customresource_bridge.cmd import common
from customresource_bridge.cmd.arguments import add_format
from customresource_bridge.cmd.check.result import HEADINGS
from customresource_bridge.cmd.check.services import check
from customresource_bridge.cmd.lists import listed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    common.add_arguments(parser)
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Check, print, and return 0 only if nothing is wrong."""
    conf = common.load(args)
    results = check(conf, common.session(conf))
    text = listed(args, HEADINGS, [it.row for it in results], shown=[it.shown for it in results])
    sys.stdout.write(f"{text}\n")
    return 0 if all(result.problem is None for result in results) else 1
