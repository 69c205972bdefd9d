"""``customresource-bridge conformance``: checks a handler against the contract; only a workflow needs a cloud for it.

Runs the real gateway on https with a throw-away certificate, sends the requests of one resource's life, and says what
the handler made of each rule.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from customresource_bridge.cmd.arguments import add_debug, add_os_cloud, first_and_changed, json_object
from customresource_bridge.cmd.conformance import report, rules, scenario
from customresource_bridge.cmd.conformance.handlers import handler_behind, local_handler
from customresource_bridge.cmd.conformance.local_gateway import local_gateway
from customresource_bridge.cmd.conformance.workflow import workflow_of
from customresource_bridge.cmd.handler_arguments import add_handler_arguments
from customresource_bridge.compat import UTC
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.log_lines import keep_to_lines
from customresource_bridge.provider.handler_calls import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_debug(parser)
    add_handler_arguments(parser, required=False)
    parser.set_defaults(timeout=60.0, query_interval=0.2)
    parser.add_argument(
        "--url", help="in place of --handler: POST each request here; its JSON answer is what it returns"
    )
    parser.add_argument(
        "--workflow",
        metavar="NAME",
        help="in place of --handler: a Mistral workflow, run in the project of the credentials",
    )
    parser.add_argument("--namespace", metavar="NAME", help="the workflow's namespace")
    add_os_cloud(parser)
    parser.add_argument("--os-region-name", metavar="NAME", default=os.environ.get("OS_REGION_NAME"), help="the region")
    parser.add_argument("--properties", type=Path, metavar="FILE", help="JSON object: the properties at first")
    parser.add_argument(
        "--changed-properties", type=Path, metavar="FILE", help="JSON object: those of the Update; else as at first"
    )
    parser.add_argument(
        "--refused-properties",
        type=Path,
        metavar="FILE",
        help="JSON object: what a Create fails for; the Delete that follows has the same, and must succeed",
    )
    parser.add_argument("--resource-type", default="Custom::Thing", help="ResourceType (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="where the gateway listens (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="its port; many Node handlers know 443 only")
    parser.add_argument("--ca-out", type=Path, metavar="FILE", help="write the gateway's CA here, for --url")
    parser.add_argument(
        "--keep-ids",
        action="store_true",
        help="as under provider: an id that was made of the log stream's name stays; at AWS it changes",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Check, and return 0 where no rule is broken.

    :raises ConfigurationError: an argument is wrong.
    """
    if arguments.debug:
        logging.basicConfig(level=logging.INFO, stream=sys.stderr)
        keep_to_lines()
    if sum(map(bool, (arguments.handler, arguments.url, arguments.workflow))) != 1:
        raise ConfigurationError("Give one of --handler MODULE:FUNCTION, --url URL and --workflow NAME")
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def show(exchange: Any) -> None:
        if not arguments.json:
            sys.stdout.write(report.line_for(exchange, colours=colours) + "\n")
            sys.stdout.flush()

    exchanges = _check(arguments, show)
    findings = rules.judge_all(exchanges, is_workflow=bool(arguments.workflow))
    if arguments.json:
        sys.stdout.write(json.dumps(report.json_report(findings, exchanges), indent=2) + "\n")
    else:
        sys.stdout.write("\n" + report.text_report(findings, colours=colours) + "\n")
    return 1 if any(finding.verdict is rules.Verdict.BROKEN for finding in findings) else 0


def _check(arguments: argparse.Namespace, show: Callable[[Any], None]) -> Any:
    given, changed = first_and_changed(arguments.properties, arguments.changed_properties)
    settings = scenario.ScenarioSettings(
        resource_type=arguments.resource_type,
        service_token=_service_token(arguments),
        properties=given,
        changed=changed,
        refused=json_object(arguments.refused_properties) if arguments.refused_properties else None,
        seconds=arguments.timeout,
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        local_gateway(Path(folder), host=arguments.host, port=arguments.port) as gateway,
    ):
        if arguments.ca_out:
            arguments.ca_out.write_bytes(gateway.ca_file.read_bytes())
        run_handler = _runs(arguments, gateway.ca_file)
        played = scenario.Scenario(
            settings, run=run_handler, heat=gateway.heat, make_url=gateway.make_url, now=datetime.now(UTC)
        )
        return played.play(each=show)


def _service_token(arguments: argparse.Namespace) -> str:
    if arguments.workflow:
        return f"mistral:{arguments.workflow}"
    return f"handler:{arguments.handler}" if arguments.handler else str(arguments.url)


def _runs(arguments: argparse.Namespace, ca_file: Path) -> Run:
    if arguments.workflow:
        return workflow_of(arguments)
    return local_handler(arguments, ca_file) if arguments.handler else handler_behind(arguments.url)
