"""Asks the target Heat about a port: which types it has, and what would come of the written template.

It creates nothing, and adds what Heat says to the report. Heat names one mistake at a time.
"""

import argparse
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from customresource_bridge.clients.heat.heat import Heat
from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.errors import ConfigurationError, Conflict, Forbidden, NotFound, Rejected, ServiceError
from customresource_bridge.port.report import SourceLocation
from customresource_bridge.port.translate import Ported

_FETCHES = frozenset(
    {
        "AWS::CloudFormation::Stack",  # Heat's own of that name, which stays where a nested template lies elsewhere
        "OS::Heat::AutoScalingGroup",
        "OS::Heat::ResourceChain",
        "OS::Heat::ResourceGroup",
        "OS::Heat::Stack",
    }
)
"""For these, Heat may fetch a template from where a property says, by whatever function that is put together."""
_CUSTOM = "AWS::CloudFormation::CustomResource"
_PATIENCE = 60.0
_WITHOUT = "see that the cloud can be reached with these credentials, or port without --cloud"
_PLUGIN = "have its operator install the plugin, as docs/how-to/install.md says, or name another cloud"


class TargetHeat(Protocol):
    """What is asked of Heat."""

    def resource_types(self) -> frozenset[str]:
        """Return the names of the types that it offers."""

    def preview(self, name: str, template: str, *, files: Mapping[str, str], environment: str | None) -> int:
        """Return how many resources a stack would have."""


def target_heat(arguments: argparse.Namespace) -> TargetHeat:
    """Return the Heat of the credentials.

    :raises ConfigurationError: there are none, or they name no project.
    """
    try:
        session = sessions.load(cloud=arguments.os_cloud, timeout=20.0, min_token_life=60, connections=2)
        return Heat.from_session(session, region_name=sessions.region_name(arguments.os_cloud), timeout=_PATIENCE)
    except ConfigurationError as error:
        raise ConfigurationError(f"--cloud: {error}") from error


def offered_by(heat: TargetHeat) -> frozenset[str]:
    """Return the types that the target Heat has.

    :raises ConfigurationError: it did not say.
    """
    try:
        return heat.resource_types()
    except ServiceError as error:
        raise _named(error) from error
    except ConfigurationError as error:  # of the catalogue
        raise ConfigurationError(f"--cloud: {error}") from error


def judge(ported: Ported, heat: TargetHeat, types: frozenset[str], *, environment: Path | None) -> None:
    """Add to the report what the target Heat says of the written template.

    :param types: what it offers.
    :param environment: the parameters' values; None takes the examples of the port's own environment.
    :raises ConfigurationError: the environment cannot be read, or Heat did not say.
    """
    location = SourceLocation("Resources", 0)
    if any(kind == _CUSTOM or kind.startswith("Custom::") for kind in ported.types) and _CUSTOM not in types:
        ported.report.blocking(_CUSTOM, location, "the target Heat does not have custom resources", _PLUGIN)
        return
    if found := sorted(_FETCHES & ported.types):
        reason = f"the target Heat was not asked: for {found[0]} it may fetch a template from where this one says"
        ported.report.note("stack preview", location, reason)
        return
    text = ported.environment if environment is None else _read(environment)
    values = f"with the values of {environment}" if environment else "with example values for what has no default"
    values = values if text else "with the defaults of its parameters"
    name = f"port-preview-{secrets.token_hex(4)}"
    try:
        made = heat.preview(name, ported.template, files=ported.nested, environment=text)
    except (Rejected, NotFound, Conflict, Forbidden) as error:
        remedy = "change what it names, there or in the template, and port again; other values go in --environment"
        ported.report.blocking(
            "stack preview", location, f"the target Heat refuses it {values}: {error.problem}", remedy
        )
        return
    except ServiceError as error:
        raise _named(error) from error
    said = f"the target Heat takes it {values}, and would make {made} resources"
    ported.report.note("stack preview", location, said)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--environment {file}: {error}") from error


def _named(error: ServiceError) -> ConfigurationError:
    """Return an error of a service with the option and what to do."""
    return ConfigurationError(f"--cloud: {error}: {_WITHOUT}")
