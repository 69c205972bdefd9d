"""``customresource-bridge port``: translates a CloudFormation template, and says what is not the same afterwards."""

import argparse
from pathlib import Path

from customresource_bridge.cmd.arguments import add_debug, add_os_cloud
from customresource_bridge.cmd.port import files

_EPILOG = """\
exit codes: 0 ported; 1 ported, but a finding needs attention (only with --check or --strict); 2 the template cannot be
read or is none, or an argument is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    add_debug(parser)
    parser.add_argument(
        "template",
        metavar="TEMPLATE",
        help="a CloudFormation template, YAML or JSON, or the folder that has it (cdk.out, a SAM project); - reads it",
    )
    parser.add_argument(
        "--output-dir", type=Path, metavar="DIR", help="where to write to (default: the template's name and -heat)"
    )
    parser.add_argument(
        "--name",
        help="what the stack is called: the handlers' queues and workflows are named by it (default: the template's "
        "name, or its folder's where that is template)",
    )
    parser.add_argument("--force", action="store_true", help="write over files that differ")
    parser.add_argument("--check", action="store_true", help="only report, write nothing")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a finding needs attention")
    parser.add_argument("--json", action="store_true", help="report as JSON on standard output")
    parser.add_argument("--region", default="RegionOne", help="what AWS::Region is by default (%(default)s)")
    parser.add_argument(
        "--service-token", metavar="TOKEN", help="who handles every custom resource, instead of a proposal for each"
    )
    parser.add_argument(
        "--cloud",
        action="store_true",
        help="ask the Heat of the credentials which types it has, and what it says of the ported template (a preview: "
        "nothing is created); without it no cloud is contacted",
    )
    add_os_cloud(parser)
    parser.add_argument(
        "--environment",
        type=Path,
        metavar="FILE",
        help="the parameters' values for --cloud, such as the written environment.yaml once it is filled in",
    )
    parser.add_argument(
        "--resource-types",
        type=Path,
        metavar="FILE",
        help="what the target Heat offers: the output of 'openstack orchestration resource type list'",
    )


def run(arguments: argparse.Namespace) -> int:
    """Port the template and return the exit code.

    :raises ConfigurationError: a file cannot be read or written, or a cloud was not to be asked.
    """
    return files.run(arguments)
