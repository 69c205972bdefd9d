"""Proposes how to run each handler, as files to start from.

Where the Lambda code is in the template, it is written out for the provider; where it is not, a skeleton of a Mistral
workflow is, with the three phases and the properties in use. With each comes a script that checks it by the conformance
command.
"""

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from customresource_bridge.port.beside import CodeFolder, Files
from customresource_bridge.port.context import Context
from customresource_bridge.port.functions.estimate import likely_text
from customresource_bridge.port.handlers.aws_calls import calls_in, counterparts, in_words
from customresource_bridge.port.handlers.find import FUNCTION_TYPES, UNNAMED, PortedHandler
from customresource_bridge.port.handlers.lambda_code import Code, code_of, requirements
from customresource_bridge.port.handlers.service_tokens import parameter_name
from customresource_bridge.port.handlers.workflow_skeleton import workflow_skeleton
from customresource_bridge.port.names import file_name
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.template.graph import attributes_read, references, resource_references
from customresource_bridge.port.template.tree import function_of, key_line

_AWS = frozenset({"aioboto3", "aiobotocore", "aws-sdk", "boto", "boto3", "botocore"})
_SCRIPT = '#!/bin/sh\n# {what}\nset -eu\ncd "$(dirname "$0")"\n{lines}'
_RUNTIMES = {"python": "python", "nodejs": "node"}
"""What the provider has a worker for, by the language's name in Lambda's runtimes; it calls others by `bootstrap`."""
_THEIRS = frozenset({"package.json", "requirements.txt"})
"""What comes with the code, and is guessed only where it does not."""
_ANY_TEXT = "1"
"""Stands for what only a stack knows: a text that a handler may make a number of."""
_WORKFLOW_CHECK = "Checks the workflow against the contract of custom resources: uploads it, and runs it in Mistral."
_CHECK_WORKFLOW = """\
if openstack workflow show -f value -c ID {workflow} > /dev/null 2>&1; then verb=update; else verb=create; fi
openstack workflow "$verb" {file}
exec customresource-bridge conformance --workflow {workflow} --properties properties.json "$@"
"""
_RENAME = "rename it, also where the code reads it, and port again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """How to run one handler.

    :ivar parameter: the ported template's parameter that holds its ServiceToken; empty where nothing uses that.
    :ivar kind: ``provider`` (its code is written out), ``provider-code-elsewhere`` or ``workflow``.
    :ivar command: what starts it, from the output directory.
    :ivar requirements: what its code imports, by the names in its package index.
    :ivar files: what is written for it, by path.
    :ivar copied: what is copied for it from beside the template, by path; ``programs`` of it, and of what is written.
    """

    name: str
    kind: str
    parameter: str
    service_token: str
    resources: tuple[str, ...]
    command: str
    requirements: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    copied: Files = field(default_factory=dict, repr=False)
    programs: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal for JSON."""
        names = ("name", "kind", "parameter", "service_token", "resources", "command", "requirements")
        return {**{name: getattr(self, name) for name in names}, "files": sorted({*self.files, *self.copied})}


def propose(handlers: Iterable[PortedHandler], ctx: Context) -> Iterator[Proposal]:
    """Yield a proposal for each handler."""
    read = attributes_read(ctx.template.root)
    for handler in handlers:
        if handler.function is not None:
            yield _provider(handler, handler.function, ctx)
        else:
            names = dict.fromkeys(name for resource in handler.resources for name in read.get(resource, ()))
            yield _workflow(handler, list(names), ctx)


def _workflow(handler: PortedHandler, attributes: list[str], ctx: Context) -> Proposal:
    name, path = handler.name, f"workflows/{handler.name}.yaml"
    properties = _in_use(handler, ctx)
    lines = _CHECK_WORKFLOW.format(workflow=handler.place, file=f"../{name}.yaml")
    check = _SCRIPT.format(what=_WORKFLOW_CHECK, lines=lines)
    return Proposal(
        name=name,
        kind="workflow",
        parameter=parameter_name(handler, ctx),
        service_token=handler.token,
        resources=handler.resources,
        command=f"openstack workflow create {path}",
        files={
            path: workflow_skeleton(handler.place, properties, attributes),
            f"workflows/{name}/conformance.sh": check,
            f"workflows/{name}/properties.json": _json(properties),
        },
        programs=frozenset({f"workflows/{name}/conformance.sh"}),
    )


def _provider(handler: PortedHandler, function: str, ctx: Context) -> Proposal:
    code = code_of(function, ctx)
    location = SourceLocation(function, key_line(ctx.template.resources, function))
    needs = requirements(code, ctx, location)
    folder = f"handlers/{handler.name}"
    if any(name in _AWS or name.startswith("@aws-sdk/") for name in needs):
        calls = calls_in(code.text or "", code.language)
        made, instead = in_words(calls), counterparts(calls)
        remedy = "have it call OpenStack instead (openstacksdk), or give the provider credentials of AWS"
        reason = f"its code calls AWS{': ' + made if made else ''}"
        ctx.report.blocking("AWS SDK", location, reason, f"{remedy}{'; ' + instead if instead else ''}")
    if not handler.resources and not handler.in_family:
        ctx.report.todo(
            ctx.template.type_of(function),
            location,
            "it answers custom resources of other templates",
            f"run the provider that was written out, and give them the ServiceToken {handler.token}",
        )
    if not code.is_here:
        ctx.report.blocking("Lambda Code", location, f"its code is in {code.where}", f"unpack it into {folder}")
    files = {f"{folder}/{name}": text for name, text in _files(handler, code, needs, ctx).items()}
    copied = _below(folder, code.folder)
    for called in _called(handler, function, ctx):
        is_asked = called == handler.is_complete and bool(_is_complete(handler, code, ctx))
        own = code_of(called, ctx)
        if own.files and own.files == code.files:
            continue  # of one folder
        copied = _joined(copied, _below(f"{folder}/{file_name(called, nameless=UNNAMED)}", own.folder))
        files.update(_written_called(called, folder, ctx, is_asked=is_asked))
    for name in sorted(files):
        if name in copied.files and copied.files[name] != files[name].encode():
            ctx.report.blocking(
                "Lambda Code", location, f"its own {name} has the name of one that port writes", _RENAME
            )
    return Proposal(
        name=handler.name,
        kind="provider" if code.is_here else "provider-code-elsewhere",
        parameter=parameter_name(handler, ctx),
        service_token=handler.token,
        resources=handler.resources,
        command=f"{folder}/provider.sh",
        requirements=tuple(needs),
        files=files,
        copied={name: content for name, content in copied.files.items() if name not in files},
        programs=copied.programs | {name for name in files if name.endswith(".sh")},
    )


def _below(path: str, folder: CodeFolder) -> CodeFolder:
    return CodeFolder(
        files={f"{path}/{name}": content for name, content in folder.files.items()},
        programs=frozenset(f"{path}/{name}" for name in folder.programs),
    )


def _joined(one: CodeFolder, other: CodeFolder) -> CodeFolder:
    return CodeFolder(files={**one.files, **other.files}, programs=one.programs | other.programs)


def _called(handler: PortedHandler, function: str, ctx: Context) -> list[str]:
    """Return the functions that are taken out with a handler since it, or the framework before it, calls them."""
    named = {name for token in handler.tokens for name in references(token)} & ctx.support
    callers = {function, *(name for name in named if ctx.template.type_of(name) in FUNCTION_TYPES)}
    called = {name for caller in callers for name in resource_references(ctx.template.resources[caller])} - callers
    return sorted(name for name in called & ctx.support if ctx.template.type_of(name) in FUNCTION_TYPES)


def _is_complete(handler: PortedHandler, code: Code, ctx: Context) -> str | None:
    """Return what the provider asks whether the work is complete: one in the language of the handler."""
    if handler.is_complete is None or code.language not in _RUNTIMES:
        return None
    asked = code_of(handler.is_complete, ctx)
    if asked.files and asked.files == code.files:
        return _entry(asked)
    return (
        f"{file_name(handler.is_complete, nameless=UNNAMED)}/{_entry(asked)}"
        if asked.language == code.language
        else None
    )


def _entry(code: Code) -> str:
    """Return how the provider names a function, which Lambda names with a dot."""
    return f"{code.module}:{code.function}"


def _written_called(function: str, folder: str, ctx: Context, *, is_asked: bool) -> dict[str, str]:
    """Return the file of a function that the handler or its framework called.

    :param is_asked: whether the provider calls it as the framework did.
    """
    code = code_of(function, ctx)
    location = SourceLocation(function, key_line(ctx.template.resources, function))
    path = f"{folder}/{file_name(function, nameless=UNNAMED)}/{code.file}"
    where = f"it was written out to {path}" if code.is_here else f"its code is in {code.where}"
    if not is_asked:
        reason = "a handler or its framework called it, and nothing here does"
        ctx.report.blocking("AWS::Lambda::Function", location, reason, f"have the handler's own code call it; {where}")
    elif not code.is_here:
        ctx.report.blocking("Lambda Code", location, f"its code is in {code.where}", f"unpack it into {path}")
    return {path: code.text} if code.text is not None and not code.files else {}


def _files(handler: PortedHandler, code: Code, needs: list[str], ctx: Context) -> dict[str, str]:
    run = f"--handler {shlex.quote(_entry(code))} --timeout {code.timeout}"
    if code.language != "python":
        run += f" --runtime {_RUNTIMES.get(code.language, 'provided')}"
    if code.environment:
        run += " --environment environment.json"
    if handler.is_cdk:
        run += " --style cdk" if handler.is_complete else " --style cdk --is-complete none"
    if is_complete := _is_complete(handler, code, ctx):
        run += f" --is-complete {shlex.quote(is_complete)}"
    files = {
        "provider.sh": _script(
            "Answers the requests of the queue until it is stopped.",
            f"exec customresource-bridge provider --queue {shlex.quote(handler.place)} {run}{_times(handler)} \\\n"
            '  --allowed-base "${RESPONSE_BASE_URL:?the public base URL of the response gateway}" "$@"',
        ),
        "conformance.sh": _script(
            "Checks the handler against the contract of custom resources, without any cloud.",
            f'exec customresource-bridge conformance {run} --keep-ids --properties properties.json "$@"',
        ),
        "properties.json": _json(_in_use(handler, ctx)),
    }
    if code.environment:
        files["environment.json"] = _json(code.environment)
    if code.text is not None and not code.files:
        files[code.file] = code.text if code.text.endswith("\n") else code.text + "\n"
    if code.language == "nodejs":
        files["package.json"] = json.dumps({"dependencies": dict.fromkeys(needs, "*")}, indent=2) + "\n"
    elif code.language == "python":
        files["requirements.txt"] = "".join(f"{name}\n" for name in needs)
    return {name: text for name, text in files.items() if name not in _THEIRS or name not in code.files}


def _times(handler: PortedHandler) -> str:
    """Return the options that say how often isComplete is asked; a check asks as fast as it can."""
    if handler.asked_every is None:
        return ""
    every, times = handler.asked_every
    return f" --query-interval {every} --total-timeout {every * times}"


def _script(what: str, command: str) -> str:
    return _SCRIPT.format(what=what, lines=f"{command}\n")


def _json(properties: Mapping[str, Any]) -> str:
    return json.dumps(properties, indent=2, ensure_ascii=False) + "\n"


def _in_use(handler: PortedHandler, ctx: Context) -> dict[str, Any]:
    """Return an example of the properties that a handler is given: each value as it is, or most likely is."""
    found: dict[str, Any] = {}
    for resource in handler.resources:
        for name, value in ctx.template.properties(resource).items():
            if name not in {"ServiceToken", "ServiceTimeout"} and name not in found:
                found[name] = _example(value, ctx)
    return found


def _example(value: Any, ctx: Context) -> Any:
    name, _argument = function_of(value) or ("", None)
    if name not in {"", "Condition"}:  # which is a function among conditions only
        return likely_text(value, ctx) or _ANY_TEXT
    if isinstance(value, dict):
        return {key: _example(item, ctx) for key, item in value.items()}
    return [_example(item, ctx) for item in value] if isinstance(value, list) else value
