"""Decides which resources are taken out because they only serve custom resources.

These are the Lambda functions behind ServiceTokens, and the roles, policies, permissions, log groups and the like that
nothing else uses.
"""

from collections.abc import Iterable

from customresource_bridge.port.handlers.find import FUNCTION_TYPES, STATE_MACHINE, is_framework, shown_function
from customresource_bridge.port.template.graph import references, resource_references
from customresource_bridge.port.template.template import Template

_PARTS = FUNCTION_TYPES | {STATE_MACHINE}
_SUPPORT = (
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::SNS::",
    "AWS::Serverless::LayerVersion",
)


def support_resources(template: Template, functions: Iterable[str]) -> frozenset[str]:
    """Return the names of all resources that only serve the custom resources' handlers, these included."""
    uses = {name: resource_references(template.resources[name]) for name in template.resources}
    handlers, tokens = frozenset(functions), _named_by_tokens(template)
    named = frozenset(
        name
        for name in template.resources
        if template.type_of(name) in FUNCTION_TYPES and (name in tokens or is_framework(name, template))
    )
    frameworks = _of_frameworks(named, uses, template)
    called = named | {name for caller in handlers | named for name in uses[caller]}
    support = frozenset(
        name
        for name in template.resources
        if name in handlers or name in frameworks or _is_support(template.type_of(name), called=name in called)
    )
    return _connected(handlers, _unused_elsewhere(support, handlers, uses, template), uses)


def _of_frameworks(named: frozenset[str], uses: dict[str, set[str]], template: Template) -> frozenset[str]:
    """Return the parts of the CDK's frameworks and what they call: functions, and the state machine that waits."""
    found: set[str] = set()
    waiting = [name for name in named if is_framework(name, template)]
    while waiting:
        found.add(name := waiting.pop())
        parts = {other for other in uses[name] & template.resources.keys() if template.type_of(other) in _PARTS}
        waiting += sorted(parts - found)
    return frozenset(found)


def _named_by_tokens(template: Template) -> set[str]:
    return set().union(*(references(token) for _user, token in template.tokens())) & template.resources.keys()


def _is_support(kind: str, *, called: bool) -> bool:
    if kind in FUNCTION_TYPES:
        return called  # a framework's function that a ServiceToken names, and those that it or a handler calls
    return kind.startswith(_SUPPORT)


def _unused_elsewhere(
    support: frozenset[str], handlers: frozenset[str], uses: dict[str, set[str]], template: Template
) -> frozenset[str]:
    """Return the support that nothing uses but other such support, the handlers, and ServiceTokens."""
    outputs = (output for name, output in template.outputs.items() if name not in template.token_outputs)
    others = (output for output in outputs if shown_function(output.get("Value"), template) not in handlers)
    shown = set().union(*(references(output) for output in others))
    # A ServiceToken is rewritten, and so is an output that shows one: what it names (an alias, a topic) is not used.
    tokens: dict[str, set[str]] = {}
    for user, token in template.tokens():
        tokens.setdefault(user, set()).update(references(token))
    users: dict[str, set[str]] = {name: set() for name in template.resources}
    for user, names in uses.items():
        for name in (names - tokens.get(user, set())) & users.keys():
            users[name].add(user)
    left = set(support)
    gone = [name for name in support - handlers if name in shown or not users[name] <= support]
    while gone:
        name = gone.pop()
        if name in left:
            left.remove(name)
            gone += [other for other in uses[name] if name in users.get(other, ()) and other not in handlers]
    return frozenset(left)


def _connected(handlers: frozenset[str], support: frozenset[str], uses: dict[str, set[str]]) -> frozenset[str]:
    """Return the handlers and whatever support refers to them, or they to it, directly or not."""
    neighbours: dict[str, set[str]] = {name: uses[name] & support for name in support}
    for name in support:
        for other in uses[name] & support:
            neighbours[other].add(name)
    found, waiting = set(handlers), list(handlers)
    while waiting:
        more = neighbours[waiting.pop()] - found
        found |= more
        waiting += more
    return frozenset(found)
