"""Names the calls of AWS's API that a handler's code makes, and what OpenStack has instead. Pure.

What cannot be seen in the text (a client that is handed on, a name that is computed) is not named.
"""

import ast
import re
from collections.abc import Iterable, Iterator

_COUNTERPARTS = {
    "acm": "Barbican, for a certificate",
    "cloudformation": "Heat",
    "cloudwatch": "Aodh and Gnocchi",
    "dynamodb": "a database of your own",
    "ec2": "Nova, Neutron, Cinder and Glance",
    "ecs": "Magnum or Zun",
    "efs": "Manila",
    "eks": "Magnum",
    "elasticloadbalancing": "Octavia",
    "elb": "Octavia",
    "elbv2": "Octavia",
    "events": "Mistral's cron triggers, or Zaqar",
    "iam": "Keystone",
    "kms": "Barbican",
    "lambda": "a Mistral workflow, or the handler's own code",
    "rds": "Trove",
    "route53": "Designate",
    "s3": "Swift, or as it is by the cloud's S3 API (provider --aws-endpoint s3=URL)",
    "secretsmanager": "Barbican",
    "sns": "Zaqar",
    "sqs": "Zaqar",
    "ssm": "parameters of the stack, or Barbican",
    "stepfunctions": "Mistral",
    "sts": "Keystone",
}
_CLIENTS = frozenset({"client", "resource"})
_NODE_PACKAGE = re.compile(r"@aws-sdk/(?:client|lib)-([a-z0-9-]+)")
_NODE_COMMAND = re.compile(r"\bnew\s+(?:\w+\.)?([A-Z]\w+?)Command\s*\(")
_NODE_OLD = re.compile(r"\b(\w+)\s*=\s*new\s+AWS\.(\w+)\s*\(")
_MOST = 8

Call = tuple[str, str]
"""A service, as boto3 names it, and an operation; the operation is empty where it cannot be seen."""


def calls_in(text: str, language: str) -> list[Call]:
    """Return the calls that a handler's code makes, each once."""
    found = _python(text) if language == "python" else _node(text)
    unique = list(dict.fromkeys(found))
    known = {service for service, operation in unique if operation}
    return [call for call in unique if call[1] or call[0] not in known]


def in_words(calls: Iterable[Call]) -> str:
    """Return calls as they stand in a report."""
    names = [f"{service}.{operation}" if operation else service for service, operation in calls]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def counterparts(calls: Iterable[Call]) -> str:
    """Return what OpenStack has instead, as far as it has."""
    services = dict.fromkeys(service for service, _ in calls)
    return "; ".join(f"for {service}: {_COUNTERPARTS[service]}" for service in services if service in _COUNTERPARTS)


def _python(text: str) -> Iterator[Call]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    clients = {
        name: service
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (service := _service(node.value))
        for name in map(ast.unparse, node.targets)
    }
    yield from ((service, "") for service in clients.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            called = _service(owner) or clients.get(ast.unparse(owner))
            if called:
                yield called, node.func.attr


def _service(node: ast.AST) -> str:
    """Return the service whose client an expression makes, such as ``boto3.client("s3")``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CLIENTS):
        return ""
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "service_name")]
    first = given[0] if given else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _node(text: str) -> Iterator[Call]:
    services = [name.replace("-", "") for name in _NODE_PACKAGE.findall(text)]
    commands = _NODE_COMMAND.findall(text)
    yield from ((service, "") for service in services if not commands or len(services) > 1)
    if len(services) == 1:
        yield from ((services[0], command[0].lower() + command[1:]) for command in commands)
    for variable, kind in _NODE_OLD.findall(text):
        yield kind.lower(), ""
        for operation in re.findall(rf"\b{re.escape(variable)}\.(\w+)\s*\(", text):
            yield kind.lower(), operation
