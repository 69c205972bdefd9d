"""Reads from a command's arguments which handler is run, how, and in which style it is written."""

import argparse
import json
import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from customresource_bridge.errors import ConfigurationError
from customresource_bridge.provider import runner
from customresource_bridge.provider.box.aws_endpoints import SECRET_KEY, aws_variables, parse_endpoint
from customresource_bridge.provider.box.limits import Limits
from customresource_bridge.provider.box.users import user_named
from customresource_bridge.provider.ending import Broke, Loaded
from customresource_bridge.provider.runtime import Runtime, recognise_runtime
from customresource_bridge.provider.style import HandlerStyle, Style, recognise

_HANDLER = re.compile(r"[^:]*[^:/.][:.][^:/.][^:/]*")
"""A module, in a folder or not, and a function: ``module:function``, ``folder/module.function``."""
_LARGEST = 2**40
QUERY_INTERVAL = 5.0
"""Seconds between two looks, where nothing else is said; the CDK's own default."""
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedHandler:
    """A handler that can be called.

    :ivar is_complete: the function that is asked whether its work is complete.
    :ivar query_interval: seconds between two looks, where the handler itself says so.
    """

    spec: runner.HandlerSpec
    style: HandlerStyle
    is_complete: runner.HandlerSpec | None = None
    query_interval: float | None = None


def add_handler_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare how the handler is run: the same for each command that runs one."""
    parser.add_argument("--handler", required=required, metavar="MODULE:FUNCTION", help="the handler")
    parser.add_argument(
        "--folder", type=Path, metavar="PATH", default=Path(), help="where the handler is (default: here)"
    )
    parser.add_argument(
        "--runtime",
        type=Runtime,
        choices=list(Runtime),
        help="what calls it: python, node, or (provided) its own program `bootstrap` in --folder, as for Lambda's "
        "custom runtimes (default: what the file that it is in says)",
    )
    parser.add_argument(
        "--python", metavar="PATH", default=sys.executable, help="the handler's own Python, as of its own venv"
    )
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", default=900.0, help="seconds it may run (default: %(default)s)"
    )
    parser.add_argument(
        "--environment",
        type=Path,
        metavar="FILE",
        help="JSON object of environment variables for the handler; this command itself does not take them",
    )
    parser.add_argument(
        "--aws-endpoint",
        type=_endpoint,
        action="append",
        default=[],
        metavar="SERVICE=URL",
        help="where AWS's SDKs in the handler find a service, as in s3=https://objects.example.org; takes "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from --environment, or else from this command's environment; may "
        "be given again",
    )
    _add_box_arguments(parser)
    _add_style_arguments(parser)


def _endpoint(text: str) -> tuple[str, str]:
    try:
        return parse_endpoint(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_box_arguments(parser: argparse.ArgumentParser) -> None:
    usual = Limits()
    parser.add_argument(
        "--pass-environment",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable of this command's environment that the handler has too; it has no other that may be a secret; "
        "may be given again",
    )
    parser.add_argument(
        "--memory",
        type=_size,
        metavar="MIB",
        default=usual.memory,
        help="MiB that each of the handler's processes may take (default: %(default)s)",
    )
    parser.add_argument(
        "--processes",
        type=_size,
        metavar="N",
        default=usual.processes,
        help="processes and threads it may have at once (default: %(default)s)",
    )
    parser.add_argument(
        "--file-size",
        type=_size,
        metavar="MIB",
        default=usual.file_size,
        help="MiB that each file it writes may have (default: %(default)s)",
    )
    parser.add_argument("--user", metavar="NAME", help="run the handler as this user; for root alone")


def _size(text: str) -> int:
    number = int(text)
    if not 0 < number <= _LARGEST:
        raise ValueError
    return number


def _add_style_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--style",
        type=Style,
        choices=list(Style),
        help="how the handler answers: as Lambda functions of CloudFormation do, as those behind the CDK's provider "
        "framework, or by crhelper (default: what it looks like, and that is said)",
    )
    parser.add_argument(
        "--is-complete",
        metavar="MODULE:FUNCTION",
        help="the CDK's isComplete, asked until the work is complete (default: the one beside the handler, if there is "
        "one; none is asked with none)",
    )
    parser.add_argument(
        "--query-interval",
        type=_positive,
        metavar="SECONDS",
        help=f"seconds between two calls of isComplete, or of crhelper's polls (default: {QUERY_INTERVAL:g}; "
        "for `provider` what crhelper was told)",
    )
    parser.add_argument(
        "--total-timeout",
        type=_positive,
        metavar="SECONDS",
        help="seconds until isComplete has to say so (default: the resource's ServiceTimeout)",
    )


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def loaded_handler(arguments: argparse.Namespace, *, ca_file: Path | None, show: runner.Show) -> LoadedHandler:
    """Return the handler that the arguments name, once its Python has imported it.

    :param show: takes what is printed at its import.
    :raises ConfigurationError: it cannot be loaded, or the arguments do not fit.
    """
    spec = handler_from(arguments, ca_file=ca_file)
    if getattr(arguments, "pdb", False) and spec.runtime is not Runtime.PYTHON:
        raise ConfigurationError(f"--pdb is Python's debugger, and this handler is one for {spec.runtime}")
    found = _load(spec, "--handler", show)
    style = recognise(spec.name, asked=arguments.style, is_complete=arguments.is_complete, seen=found)
    spec = replace(spec, crhelper=style.style is Style.CRHELPER)
    if style.is_complete is None:
        return LoadedHandler(spec=spec, style=style, query_interval=found.polls_every if style.polls else None)
    is_complete = replace(spec, name=style.is_complete)
    _load(is_complete, "--is-complete", show)
    return LoadedHandler(spec=spec, style=style, is_complete=is_complete)


def _load(spec: runner.HandlerSpec, option: str, show: runner.Show) -> Loaded:
    loaded = runner.load(_named(spec, option), show=show)
    if isinstance(loaded, Broke):
        raise ConfigurationError(f"{option} {spec.name}: {loaded.reason}")
    return loaded


def _named(spec: runner.HandlerSpec, option: str) -> runner.HandlerSpec:
    if spec.runtime is not Runtime.PROVIDED and not _HANDLER.fullmatch(spec.name):
        raise ConfigurationError(f"{option} {spec.name}: name the function too, as in module:function")
    return spec


def handler_from(arguments: argparse.Namespace, *, ca_file: Path | None) -> runner.HandlerSpec:
    """Return the handler that the arguments name.

    :raises ConfigurationError: its folder is none, its name has no function, its variables cannot be read, there is no
        key pair for AWS's SDKs, or its user is none.
    """
    if not arguments.folder.is_dir():
        raise ConfigurationError(f"--folder {arguments.folder} is no folder")
    environment = _variables(arguments.environment) if arguments.environment else {}
    environment = {**aws_variables(arguments.aws_endpoint, environment, os.environ), **environment}
    if ca_file:
        environment.update(dict.fromkeys(_CA_VARIABLES, str(ca_file.absolute())))
    spec = runner.HandlerSpec(
        name=arguments.handler,
        runtime=arguments.runtime or recognise_runtime(arguments.handler, arguments.folder),
        python=arguments.python,
        folder=arguments.folder,
        environment=environment,
        secrets=tuple(filter(None, [environment.get(SECRET_KEY)])),
        passed=tuple(arguments.pass_environment),
        limits=Limits(
            memory=arguments.memory,
            processes=arguments.processes,
            at_once=getattr(arguments, "parallel", 1),
            file_size=arguments.file_size,
        ),
        user=user_named(arguments.user, option="--user") if arguments.user else None,
    )
    return _named(spec, "--handler")


def _variables(file: Path) -> dict[str, str]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"--environment {file}: {error}") from None
    if not isinstance(value, dict):
        raise ConfigurationError(f"--environment {file}: it holds no JSON object")
    for name, text in value.items():
        if not name or "=" in name or "\0" in name:
            raise ConfigurationError(f"--environment {file}: {name!r} is no name of a variable")
        if not isinstance(text, str) or "\0" in text:
            raise ConfigurationError(f"--environment {file}: the value of {name} is no text")
    return value
