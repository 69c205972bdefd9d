"""What a check of the loop makes: the texts of a workflow that does nothing, and of a stack that asks for it. Pure."""

from typing import Any

PREFIX = "customresource_bridge_check_"
"""Begins the names of all that the check makes; where a bridge may start some workflows only, it has to be allowed."""
RESOURCE = "loop"
_MARGIN = 60
"""Seconds that the request lives on beyond the check: what fails is to be seen failing, not timing out."""


def workflow(name: str) -> str:
    """Return the definition of a handler that succeeds and does nothing."""
    return f"""---
version: '2.0'
{name}:
  description: Made and deleted by customresource-bridge check --loop. Does nothing.
  input: [request]
  output:
    physical_resource_id: {name}
  tasks:
    nothing:
      action: std.noop
"""


def template(workflow_name: str, *, patience: float) -> dict[str, Any]:
    """Return a template with one resource of that handler.

    It is retained: so the stack can be deleted at once, where no handler answers too.
    """
    return {
        "heat_template_version": "2018-08-31",
        "description": "Made and deleted by customresource-bridge check --loop.",
        "resources": {
            RESOURCE: {
                "type": "OS::Heat::CustomResource",
                "deletion_policy": "retain",
                "properties": {
                    "service_token": f"mistral:{workflow_name}",
                    "service_timeout": int(patience) + _MARGIN,
                },
            }
        },
    }


def minutes(patience: float) -> int:
    """Return after how many minutes Heat is to give the stack up."""
    return int(patience + _MARGIN) // 60 + 1
