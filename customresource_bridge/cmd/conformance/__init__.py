"""``customresource-bridge conformance``: checks a handler against the contract, without any cloud.

Runs the real gateway on https with a throw-away certificate, sends the requests of one resource's life, and says what
the handler made of each rule.
"""

import argparse
import contextlib
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests

from customresource_bridge.cmd.arguments import add_debug
from customresource_bridge.cmd.conformance import report, rules, scenario
from customresource_bridge.cmd.conformance.certificates import write_certificates
from customresource_bridge.cmd.conformance.exchange import LocalHeat, Recorder
from customresource_bridge.cmd.handler_arguments import LoadedHandler, add_handler_arguments, loaded_handler
from customresource_bridge.cmd.terminal import one_line
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.app import Gateway
from customresource_bridge.gateway.server import Listen, make_server
from customresource_bridge.gateway.settle import Settler
from customresource_bridge.gateway.upstream import Upstreams
from customresource_bridge.protocol import Request, Secret, limits
from customresource_bridge.protocol.sealed import Keyring, Sealed, new_key, seal
from customresource_bridge.provider import runner
from customresource_bridge.provider.handler_calls import HandlerCalls, Run, answer_of
from customresource_bridge.provider.style import Style


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_debug(parser)
    add_handler_arguments(parser, required=False)
    parser.set_defaults(timeout=60.0, query_interval=0.2)
    parser.add_argument(
        "--url", help="in place of --handler: POST each request here; its JSON answer is what it returns"
    )
    parser.add_argument("--properties", type=Path, metavar="FILE", help="JSON object: the properties at first")
    parser.add_argument("--changed-properties", type=Path, metavar="FILE", help="JSON object: those of the Update")
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
    if bool(arguments.handler) == bool(arguments.url):
        raise ConfigurationError("Give either --handler MODULE:FUNCTION or --url URL")
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def show(exchange: Any) -> None:
        if not arguments.json:
            sys.stdout.write(report.line_for(exchange, colours=colours) + "\n")
            sys.stdout.flush()

    exchanges = _check(arguments, show)
    findings = rules.judge_all(exchanges)
    if arguments.json:
        sys.stdout.write(json.dumps(report.json_report(findings, exchanges), indent=2) + "\n")
    else:
        sys.stdout.write("\n" + report.text_report(findings, colours=colours) + "\n")
    return 1 if any(finding.verdict is rules.Verdict.BROKEN for finding in findings) else 0


def _check(arguments: argparse.Namespace, show: Callable[[Any], None]) -> Any:

    settings = scenario.ScenarioSettings(
        resource_type=arguments.resource_type,
        service_token=f"handler:{arguments.handler}" if arguments.handler else arguments.url,
        properties=_properties(arguments.properties, {"Name": "one"}),
        changed=_properties(arguments.changed_properties, {"Name": "two"}),
        seconds=arguments.timeout,
    )
    with tempfile.TemporaryDirectory() as folder, _gateway(Path(folder), arguments) as (heat, make_url, ca_file):
        run_handler = _local(arguments, ca_file) if arguments.handler else _remote(arguments.url)
        played = scenario.Scenario(settings, run=run_handler, heat=heat, make_url=make_url, now=datetime.now(UTC))
        return played.play(each=show)


@contextlib.contextmanager
def _gateway(folder: Path, arguments: argparse.Namespace) -> Iterator[tuple[Any, Callable[[Request], Secret], Path]]:

    ca_file, server_file = write_certificates(folder, arguments.host, now=datetime.now(UTC))
    if arguments.ca_out:
        arguments.ca_out.write_bytes(ca_file.read_bytes())
    heat, keyring = LocalHeat(), Keyring([new_key()])
    gateway = Gateway(
        keyring=keyring,
        settler=Settler(signal=heat),
        upstreams=Upstreams(),
        max_body=limits.MAX_RESPONSE_BYTES,
        clock=lambda: datetime.now(UTC),
    )
    listen = Listen(host=arguments.host, port=arguments.port, certificate=str(server_file), key=str(server_file))
    server = make_server(Recorder(gateway, heat), listen)
    port = server.bind_addr[1]
    base = base_url(arguments.host, port)

    def make_url(request: Request) -> Secret:
        now = datetime.now(UTC)
        inner = Secret("http://127.0.0.1/heat")
        content = Sealed.for_request(inner, request.identity, deadline=now + timedelta(hours=1))
        return seal(content, keyring=keyring, base=base, now=now)

    Thread(target=server.serve, daemon=True).start()
    try:
        yield heat, make_url, ca_file
    finally:
        server.stop()


def base_url(host: str, port: int) -> str:
    """Return the gateway's base URL: an IPv6 address in brackets, https's own port left out."""
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}" + ("" if port == 443 else f":{port}")  # noqa: PLR2004 - https's own


def _local(arguments: argparse.Namespace, ca_file: Path) -> Callable[[Mapping[str, Any], float], runner.Ending]:
    handler = loaded_handler(arguments, ca_file=ca_file, show=_show_output)
    sys.stderr.write(f"{handler.style}\n\n")
    if handler.style.style is Style.CDK:
        return _answered_by_cdk(arguments, handler)
    # At AWS, an id that cfnresponse made of the log stream's name is another each time, and so it is here by default.
    return _runs(replace(handler.spec, keep_ids=arguments.keep_ids))


def _runs(spec: runner.HandlerSpec) -> Run:
    return lambda event, seconds: runner.run(spec, event, seconds=seconds, show=_show_output)


def _show_output(text: str) -> None:
    for line in text.splitlines() or [""]:
        sys.stderr.write(f"    | {one_line(line)}\n")


def _answered_by_cdk(arguments: argparse.Namespace, handler: LoadedHandler) -> Run:
    """Return what calls the CDK's functions until the work is complete, and returns what the provider would answer."""
    is_complete = _runs(handler.is_complete) if handler.is_complete else None
    calls = HandlerCalls(run=_runs(handler.spec), style=Style.CDK, is_complete=is_complete)

    def run_to_its_end(event: Mapping[str, Any], seconds: float) -> runner.Ending:
        ends_at = time.monotonic() + min(arguments.total_timeout or seconds, seconds)

        def wait() -> bool:
            time.sleep(min(arguments.query_interval, seconds))
            return time.monotonic() < ends_at

        request = Request.parse(event)
        return runner.Returned(answer_of(calls, request, event, seconds=seconds, wait=wait).to_dict())

    return run_to_its_end


def _remote(url: str) -> Callable[[Mapping[str, Any], float], runner.Ending]:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ConfigurationError(f"--url {url}: write http://... or https://...")

    def post(event: Mapping[str, Any], seconds: float) -> runner.Ending:
        try:
            answer = requests.post(url, json=dict(event), timeout=seconds)
        except requests.RequestException as error:
            return runner.Broke(f"The handler's URL gave no answer: {type(error).__name__}")
        if answer.status_code >= requests.codes.bad_request:
            return runner.Broke(f"The handler's URL answered {answer.status_code}")
        try:
            return runner.Returned(answer.json())
        except ValueError:
            return runner.Returned(None)

    return post


def _properties(file: Path | None, default: Mapping[str, Any]) -> Mapping[str, Any]:
    if file is None:
        return default
    try:
        value = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"{file} holds no JSON object")
    return value
