"""Finds the handlers behind a template's custom resources: one for each different ServiceToken."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from customresource_bridge.port.functions.estimate import text_with_gaps
from customresource_bridge.port.names import digest, file_name, letters_of, queue_name, workflow_name
from customresource_bridge.port.template.graph import references, resource_references
from customresource_bridge.port.template.template import Template
from customresource_bridge.port.template.tree import function_of

FUNCTION_TYPES = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
_RETRY = re.compile(r'"IntervalSeconds":([1-9]\d{0,5}),"MaxAttempts":([1-9]\d{0,5})\b')
_BEHIND = frozenset({"AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::SNS::Topic", "AWS::SNS::Subscription"})
_ARN_BY_REF = frozenset({"AWS::Lambda::Alias", "AWS::Lambda::Version"})
_ON_EVENT = "USER_ON_EVENT_FUNCTION_ARN"
_IS_COMPLETE = "USER_IS_COMPLETE_FUNCTION_ARN"
OURS = ("mistral:", "zaqar:")
_ANSWERS = re.compile(r"ResponseURL|\bcfn[-_]?response\b|\bcrhelper\b", re.IGNORECASE)
"""What code has in it that answers custom resources: by itself, by AWS's own modules, or by the best-known library."""
_ONE_VARIABLE = re.compile(r"\$\{\s*([^{}!.]+?)\s*\}")
_ONE_ATTRIBUTE = re.compile(r"\$\{\s*([^{}!]+?)\s*\}")
UNNAMED = "Handler"

_Use = tuple[str | None, Any]
"""The custom resource that has a ServiceToken, or "" for another way to hand it on within the templates that are ported
together, or None where other templates may have it; and the ServiceToken.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortedHandler:
    """What stands behind one ServiceToken.

    :ivar name: the Lambda function's name in the template, or one made of the custom resource's type; in a nested
        template's it begins with that one's. No other handler that is ported together with it has it.
    :ivar place: what its ServiceToken leads to, by a name that no other stack's handler has: the queue that a provider
        reads where the code is at hand, or a workflow.
    :ivar function: the Lambda function's name in the template; None where its code is elsewhere.
    :ivar resources: the custom resources that it handles; none where those of other templates use it.
    :ivar is_cdk: whether it is called by the CDK's provider framework, and so written in that style.
    :ivar is_complete: the function that the framework asks whether the work is complete, if there is one.
    :ivar tokens: the ServiceTokens that lead to it.
    :ivar in_family: whether a template that is ported together with this one has custom resources that it handles.
    :ivar asked_every: seconds between two times that it asks, and how often at most; None where that is unknown.
    """

    name: str
    place: str
    function: str | None
    resources: tuple[str, ...]
    is_cdk: bool = False
    is_complete: str | None = None
    asked_every: tuple[int, int] | None = None
    tokens: tuple[Any, ...] = field(default=(), repr=False, compare=False)
    in_family: bool = False

    @property
    def parameter(self) -> str:
        """The name of the parameter that holds its ServiceToken."""
        return f"{self.name}ServiceToken"

    @property
    def token(self) -> str:
        """The ServiceToken that is proposed."""
        return f"{'zaqar' if self.function else 'mistral'}:{self.place}"


def leaves(token: Any) -> Iterator[Any]:
    """Yield the alternatives of a ServiceToken that Fn::If chooses from."""
    name, argument = function_of(token) or ("", None)
    if name == "Fn::If" and isinstance(argument, list):
        for choice in argument[1:]:
            yield from leaves(choice)
    else:
        yield token


def is_own(token: Any, template: Template) -> bool:
    """Return whether a ServiceToken stays as it is: a parameter, or one of our own forms."""
    if isinstance(token, str):
        return token.startswith(OURS)
    return parameter_named(token, template) is not None or nested_output(token, template) is not None


def nested_output(token: Any, template: Template) -> tuple[str, str] | None:
    """Return the nested stack, and its output, that a ServiceToken is; None where it is no such output."""
    name, argument = function_of(token) or ("", None)
    if name == "Fn::Sub" and isinstance(argument, str):
        argument = (_ONE_ATTRIBUTE.fullmatch(argument) or ("", ""))[1]
    words = argument.split(".") if isinstance(argument, str) else argument
    if name not in {"Fn::GetAtt", "Fn::Sub"} or not isinstance(words, list):
        return None
    stack, outputs, output = [*".".join(str(word) for word in words).split(".", 2), "", ""][:3]
    return (stack, output) if stack in template.nested and outputs == "Outputs" and output else None


def parameter_named(token: Any, template: Template) -> str | None:
    """Return the template's parameter whose value a ServiceToken is, if it is one."""
    name, argument = function_of(token) or ("", None)
    if name == "Fn::Sub" and isinstance(argument, str):
        found = _ONE_VARIABLE.fullmatch(argument)
        argument = found[1] if found else None
    if name not in {"Ref", "Fn::Sub"} or not isinstance(argument, str):
        return None
    return argument if argument in template.parameters else None


def key_of(token: Any, template: Template) -> str:
    """Return what two ServiceTokens share that lead to the same handler."""
    return function_behind(token, template) or repr(token)


def function_behind(token: Any, template: Template) -> str | None:
    """Return the Lambda function that a ServiceToken leads to, through aliases, versions, topics and a framework."""
    waiting, seen = sorted(references(token)), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in template.resources:
            continue
        seen.add(name)
        if template.type_of(name) in FUNCTION_TYPES:
            users = _users_function(name, template) - seen
            if not users:
                return name
            waiting = sorted(users)
        if template.type_of(name) in _BEHIND:
            waiting += sorted(references(template.properties(name)) | template.subscribers.get(name, frozenset()))
    return None


def shown_function(value: Any, template: Template) -> str | None:
    """Return the function behind an ARN, where a value is one that others may have for a ServiceToken."""
    name, argument = function_of(value) or ("", None)
    if name == "Fn::Sub" and isinstance(argument, str):
        argument = (_ONE_ATTRIBUTE.fullmatch(argument) or ("", ""))[1]
    elif name not in {"Fn::GetAtt", "Ref"}:
        return None
    words = argument.split(".") if isinstance(argument, str) else argument
    if not isinstance(words, list) or not words or not isinstance(words[0], str) or words[0] not in template.resources:
        return None
    kind = template.type_of(words[0])
    is_arn = words[1:] == ["Arn"] if kind in FUNCTION_TYPES else kind in _ARN_BY_REF and not words[1:]
    return function_behind({"Ref": words[0]}, template) if is_arn else None


def _users_function(framework: str, template: Template, variable: str = _ON_EVENT) -> set[str]:
    """Return the function that CDK's provider framework hands its requests to; nothing for any other function.

    :param variable: what names it in the framework's environment.
    """
    environment = template.function_properties(framework).get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    value = variables.get(variable) if isinstance(variables, dict) else None
    named = {name for name in references(value) if name in template.resources}
    return {name for name in named if template.type_of(name) in FUNCTION_TYPES}


def is_framework(function: str, template: Template) -> bool:
    """Return whether a function is the CDK's, which hands its requests to a function of the user's."""
    return bool(_users_function(function, template))


def _asked_every(function: str, template: Template) -> tuple[int, int] | None:
    """Return how often the framework before a function asks: it is in the state machine that it starts."""
    for name in template.resources:
        if template.type_of(name) in FUNCTION_TYPES and function in _users_function(name, template):
            for other in sorted(resource_references(template.resources[name]) & template.resources.keys()):
                definition = template.properties(other).get("DefinitionString")
                found = _RETRY.search(text_with_gaps(definition)) if definition is not None else None
                if found and template.type_of(other) == STATE_MACHINE:
                    return int(found[1]), int(found[2])
    return None


def _asked_by_frameworks(template: Template) -> dict[str, set[str]]:
    """Return, by the function that CDK's provider framework calls, those that it asks whether the work is complete."""
    found: dict[str, set[str]] = {}
    for name in template.resources:
        if template.type_of(name) in FUNCTION_TYPES:
            for function in _users_function(name, template):
                found.setdefault(function, set()).update(_users_function(name, template, _IS_COMPLETE))
    return found


def find(template: Template, *, stack: str = "", name: str = "") -> Mapping[str, PortedHandler]:
    """Return the handlers of a template by the key of their ServiceToken.

    A function whose code answers custom resources, or that stands behind the CDK's provider framework, is one as well
    where none of this template's uses it: those of other templates do, by an ARN.

    :param stack: what the first template's stack is called; empty where nothing says it.
    :param name: what the template is called among those that are ported together; empty for the first.
    """
    users: dict[str, list[_Use]] = {}
    functions: dict[str, str | None] = {}
    for user, given in template.tokens():
        for token in leaves(given):
            if token is not None and not is_own(token, template):
                key = key_of(token, template)
                users.setdefault(key, []).append((user, token))
                functions[key] = function_behind(token, template)
    for function, token in _exported(template, frozenset(users)):
        users.setdefault(function, []).append((None, token))
        functions[function] = function
    asked, names = _asked_by_frameworks(template), _names(users, functions, template)
    found = {}
    for key, own in names.items():
        place = (queue_name if functions[key] else workflow_name)(stack, name, own)
        handler = _handler(f"{name}-{own}" if name else own, place, functions[key], users[key], template)
        found[key] = _in_style(handler, asked, template)
    return found


def _in_style(handler: PortedHandler, asked: Mapping[str, set[str]], template: Template) -> PortedHandler:
    if handler.function is None or handler.function not in asked:
        return handler
    is_complete = min(asked[handler.function], default=None)
    every = _asked_every(handler.function, template) if is_complete else None
    return replace(handler, is_cdk=True, is_complete=is_complete, asked_every=every)


def _answers_others(resource: str, template: Template) -> bool:
    if template.type_of(resource) not in FUNCTION_TYPES:
        return False
    if is_framework(resource, template):
        return True
    properties = template.properties(resource)
    code = properties.get("Code")
    inline = code.get("ZipFile") if isinstance(code, dict) else properties.get("InlineCode")
    return inline is not None and _ANSWERS.search(text_with_gaps(inline)) is not None


def _exported(template: Template, used: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the functions that answer other templates' custom resources alone, with what is a ServiceToken there."""
    for name in template.resources:
        if name not in used and _answers_others(name, template):
            function = function_behind({"Ref": name}, template)
            if function is not None and function not in used:
                yield function, {"Ref": name}


def _names(
    users: Mapping[str, list[_Use]], functions: Mapping[str, str | None], template: Template
) -> Mapping[str, str]:
    """Return the handlers' names, whatever their order: a function keeps its own, whatever else is called so."""
    wanted = {key: _wanted(functions[key], users[key], template) for key in users}
    ours = [name.lower() for key, name in wanted.items() if functions[key]]
    all_of_them = [name.lower() for name in wanted.values()]
    found = {}
    for key, name in wanted.items():
        alike = (ours if functions[key] else all_of_them).count(name.lower())
        found[key] = name if alike == 1 else f"{name}-{digest(key)}"
    return found


def _wanted(function: str | None, users: list[_Use], template: Template) -> str:
    """Return what a handler is called where no other one is called so."""
    if function:
        return file_name(function, nameless=UNNAMED)
    kinds = {template.type_of(custom).partition("Custom::")[2] for custom in _custom(users, template)} - {""}
    return letters_of(min(kinds or {user for user, _ in users if user}, default="")) or UNNAMED


def _custom(users: list[_Use], template: Template) -> tuple[str, ...]:
    return tuple(dict.fromkeys(user for user, _ in users if user and template.is_custom(user)))


def _handler(name: str, place: str, function: str | None, users: list[_Use], template: Template) -> PortedHandler:
    resources = _custom(users, template)
    return PortedHandler(
        name=name,
        place=place,
        function=function,
        resources=resources,
        tokens=tuple(token for _, token in users),
        in_family=any(user is not None and user not in resources for user, _ in users),
    )
