"""``customresource-bridge check``: is everything there that a bridge needs? One line each, and the remedy."""

import argparse
import sys

from customresource_bridge.cmd import common
from customresource_bridge.cmd.arguments import add_format
from customresource_bridge.cmd.check.loop import LoopCheck, LoopServices
from customresource_bridge.cmd.check.result import HEADINGS
from customresource_bridge.cmd.check.services import check
from customresource_bridge.cmd.lists import listed
from customresource_bridge.errors import ConfigurationError

_SHORTEST, _LONGEST = 5, 3600


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the subcommand takes."""
    common.add_arguments(parser)
    add_format(parser)
    parser.add_argument(
        "--loop",
        action="store_true",
        help="also make a stack with one request that does nothing, watch it on its way, and delete all of it again",
    )
    parser.add_argument(
        "--loop-timeout",
        type=int,
        default=60,
        metavar="SECONDS",
        help="how long its answer may take (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Check, print, and return 0 only if nothing is wrong.

    :raises ConfigurationError: an argument or an option is wrong.
    """
    if not _SHORTEST <= args.loop_timeout <= _LONGEST:
        raise ConfigurationError(f"--loop-timeout {args.loop_timeout}: give {_SHORTEST} to {_LONGEST} seconds")
    conf = common.load(args, prints=True)
    session = common.session(conf)
    results = check(conf, session)
    if args.loop and results[0].problem is None:
        results += LoopCheck(LoopServices.from_session(conf, session), patience=args.loop_timeout).run()
    text = listed(args, HEADINGS, [it.row for it in results], shown=[it.shown for it in results])
    sys.stdout.write(f"{text}\n")
    return 0 if all(result.problem is None for result in results) else 1
