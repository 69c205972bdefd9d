"""Reads a template's file, writes the files of its port, and prints the report."""

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from customresource_bridge.cmd.port.cloud import TargetHeat, judge, offered_by, target_heat
from customresource_bridge.cmd.port.folders import (
    name_of_folder,
    reader_beside,
    stack_name,
    template_in,
    templates_beside,
)
from customresource_bridge.cmd.terminal import json_text
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.port.beside import NO_CODE, no_template
from customresource_bridge.port.context import Options
from customresource_bridge.port.errors import TemplateError
from customresource_bridge.port.report import Level
from customresource_bridge.port.template.load import MAX_BYTES
from customresource_bridge.port.translate import Ported, port
from customresource_bridge.port.verdict import PortVerdict
from customresource_bridge.protocol.printing import one_line

DONE = 0
NEEDS_ATTENTION = 1
UNREADABLE = 2
_REPORT = "report.json"
_TYPE_NAME = re.compile(r"\b(?:OS|AWS|Custom)(?:::[A-Za-z0-9_*]+)+")


def run(arguments: argparse.Namespace, *, heat_of: Callable[[argparse.Namespace], TargetHeat] = target_heat) -> int:
    """Port the template and return the exit code.

    :param heat_of: returns the Heat that --cloud asks.
    :raises ConfigurationError: a file cannot be read or written, or Heat did not answer.
    """
    _check_for_cloud(arguments)
    template = arguments.template if arguments.template == "-" else str(template_in(Path(arguments.template)))
    file = "stdin" if template == "-" else template
    beside = None if template == "-" else Path(template)
    heat = heat_of(arguments) if arguments.cloud else None
    offered = offered_by(heat) if heat else frozenset()
    options = Options(
        name=arguments.name or _stack_name(arguments, template),
        region=arguments.region,
        service_token=arguments.service_token,
        resource_types=_resource_types(arguments.resource_types) or offered,
        read_folder=reader_beside(beside) if beside else lambda _path: NO_CODE,
        read_template=templates_beside(beside) if beside else no_template,
    )
    try:
        ported = port(_read(template), options)
    except TemplateError as error:
        where = f"{file}:{error.line}" if error.line else file
        _refuse(error, where, as_json=arguments.json)
        return UNREADABLE
    if heat:
        judge(ported, heat, offered, environment=arguments.environment)
    written = None if arguments.check else _directory(arguments, template)
    report = _report(ported, file, written)
    if written is not None:
        report["left_over"] = _left_over(ported, written)
        _write(ported, written, report=report, force=arguments.force)
    if arguments.json:
        _print(json_text(report))
    else:
        _print_text(ported, file, written)
        for name in report.get("left_over", []):
            _print(one_line(f"{written}/{name} is an earlier port's, and this one does not write it: remove it"))
    demanding = arguments.check or arguments.strict
    return NEEDS_ATTENTION if demanding and ported.report.needs_attention else DONE


def _stack_name(arguments: argparse.Namespace, template: str) -> str:
    if template != "-":
        return stack_name(Path(template))
    return name_of_folder(arguments.output_dir) if arguments.output_dir is not None else ""


def _check_for_cloud(arguments: argparse.Namespace) -> None:
    for option, value in (("--os-cloud", arguments.os_cloud), ("--environment", arguments.environment)):
        if value is not None and not arguments.cloud:
            raise ConfigurationError(f"{option} is for --cloud, which is not given: add that, or leave {option} out")


def _read(template: str) -> bytes:
    try:
        if template == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(template).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{template}: {error.strerror or error}") from error


def _resource_types(file: Path | None) -> frozenset[str]:
    if file is None:
        return frozenset()
    try:
        found = frozenset(_TYPE_NAME.findall(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--resource-types {file}: {error}") from error
    if not found:
        raise ConfigurationError(f"--resource-types {file}: it names no resource type")
    return found


def _directory(arguments: argparse.Namespace, template: str) -> Path:
    if arguments.output_dir is not None:
        return Path(arguments.output_dir)
    stem = "template" if template == "-" else Path(template).stem.removesuffix(".template")
    return Path(f"{stem}-heat")


def _write(ported: Ported, directory: Path, *, report: dict[str, Any], force: bool) -> None:
    texts = {**ported.files, _REPORT: json_text(report) + "\n"}
    contents = {**ported.copied, **{name: text.encode() for name, text in texts.items()}}
    try:
        for name, content in contents.items():
            problem = _in_the_way(directory, name, content, force=force)
            if problem:
                raise ConfigurationError(f"{problem}: choose another --output-dir, or --force")
        for name, content in contents.items():
            _replace(directory / name, content, runs=name in ported.programs)
    except OSError as error:
        raise ConfigurationError(f"{error.filename or directory}: {error.strerror or error}") from error


def _in_the_way(directory: Path, name: str, content: bytes, *, force: bool) -> str:
    """Return what keeps a file from being written, or nothing.

    :raises ConfigurationError: something is in the way that --force would not remove either.
    """
    path = directory / name
    for folder in (directory / parent for parent in Path(name).parents if parent != Path()):
        if folder.is_symlink():
            raise ConfigurationError(f"{folder} is a link that leads elsewhere: choose another --output-dir")
    if force or not (path.exists() or path.is_symlink()):
        return ""
    if path.is_symlink():
        return f"{path} is there already, and is a link"
    written = path.read_bytes()
    if written == content or (name == _REPORT and _is_report(written)):
        return ""
    return f"{path} is there already and differs"


def _is_report(content: bytes) -> bool:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"counts", "findings", "handlers"} <= value.keys()


def _replace(path: Path, content: bytes, *, runs: bool) -> None:
    """Write a file beside the old one, and put it into its place: a link there is replaced, and not followed.

    :param runs: whether it may be run as a program.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        mode = 0o777 if runs else 0o666
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - with a mode
            file.write(content)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _left_over(ported: Ported, directory: Path) -> list[str]:
    """Return the files that an earlier port wrote and this one does not, as long as they are there."""
    try:
        content = (directory / _REPORT).read_bytes()
    except OSError:
        return []
    earlier = json.loads(content) if _is_report(content) else {}
    names = [name for key in ("files", "left_over") for name in _list(earlier.get(key)) if isinstance(name, str)]
    ours = {*ported.files, *ported.copied, _REPORT}
    return sorted(name for name in set(names) - ours if _is_file_in(directory, name))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_file_in(directory: Path, name: str) -> bool:
    try:
        return ".." not in Path(name).parts and not Path(name).is_absolute() and (directory / name).is_file()
    except (OSError, ValueError):  # too long, with a NUL
        return False


def _report(ported: Ported, file: str, directory: Path | None) -> dict[str, Any]:
    return {
        "template": file,
        "output_dir": str(directory) if directory is not None else None,
        "files": sorted({*ported.files, *ported.copied}),
        "needs_attention": ported.report.needs_attention,
        "counts": _counts(ported),
        "verdict": PortVerdict.of(ported.report).to_dict(),
        "findings": [finding.to_dict() for finding in ported.report],
        "handlers": [proposal.to_dict() for proposal in ported.proposals],
    }


def _counts(ported: Ported) -> dict[str, int]:
    return {str(level): sum(finding.level is level for finding in ported.report) for level in Level}


def _print_text(ported: Ported, file: str, directory: Path | None) -> None:
    for finding in ported.report:
        _print(one_line(finding.to_text(file)))
    for proposal in ported.proposals:
        needs = f" (needs {', '.join(proposal.requirements)})" if proposal.requirements else ""
        _print(one_line(f"handler {proposal.name}: {proposal.service_token}: {proposal.command}{needs}"))
    for line in PortVerdict.of(ported.report).lines():
        _print(one_line(line))
    counts = ", ".join(f"{count} {level}" for level, count in _counts(ported).items())
    _print(one_line(f"{counts}; " + (f"written to {directory}" if directory is not None else "nothing written")))


def _refuse(error: TemplateError, where: str, *, as_json: bool) -> None:
    if as_json:
        _print(json_text({"error": error.problem, "remedy": error.remedy, "line": error.line}))
    sys.stderr.write(one_line(f"{where}: error: {error}") + "\n")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
