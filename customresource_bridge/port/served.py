"""Decides which resources are taken out because they only serve custom resources.

Called by ``translate``: the Lambda functions behind ServiceTokens, and the roles, policies, permissions, log groups and
the like that nothing else uses.
"""

from collections.abc import Iterable

from customresource_bridge.port.graph import references, resource_references
from customresource_bridge.port.template import Template

_SUPPORT = (
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::Logs::",
    "AWS::SNS::",
    "AWS::Serverless::Function",
    "AWS::Serverless::LayerVersion",
)


def served(template: Template, functions: Iterable[str]) -> frozenset[str]:
    """Return the names of all resources that only serve the custom resources' handlers, these included."""
    uses = {name: resource_references(template.resources[name]) for name in template.resources}
    shown = set().union(*(references(output) for output in template.outputs.values()))
    tokens = {
        name: references(template.properties(name).get("ServiceToken"))
        for name in template.resources
        if template.is_custom(name)
    }
    gone = set(functions)
    while True:
        more = {
            name
            for name in template.resources
            if name not in gone and _is_support(name, template) and _only_serves(name, gone, uses, tokens, shown)
        }
        if not more:
            return frozenset(gone)
        gone |= more


def _is_support(name: str, template: Template) -> bool:
    return template.type_of(name).startswith(_SUPPORT)


def _only_serves(
    name: str, gone: set[str], uses: dict[str, set[str]], tokens: dict[str, set[str]], shown: set[str]
) -> bool:
    users = {user for user, names in uses.items() if name in names and user != name}
    # A ServiceToken is rewritten, so that what it names (an alias, a topic) serves, and is not used.
    calling = {user for user in users if name in tokens.get(user, set())}
    others = users - gone - calling
    if others or name in shown:
        return False
    return bool(users) or bool(uses[name] & gone)
