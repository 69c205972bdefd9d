"""Writes the skeleton of a Mistral workflow that handles custom resources: three phases, to be filled in.

It runs as it is, and answers each request with SUCCESS and placeholders. Beside it goes the module by which
``customresource-bridge conformance`` runs it where it alone can run: in Mistral.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"<%|%>|\{[{%]|[}%]\}")
"""What Mistral would evaluate, with the rights of whoever runs the workflow."""
_WORKFLOW = """\
---
version: '2.0'

# Handles requests for custom resources: fill in the three phases.
# Its contract: the input is the request without its ResponseURL; the output's physical_resource_id names the thing, its
# data is what the template reads with get_attr; an error's message becomes the resource's reason.
{name}:
  description: Handles the custom resources of a ported template
  input:
    # request.RequestType             Create, Update or Delete
    # request.PhysicalResourceId      what a former request was answered with (not at a Create)
    # request.OldResourceProperties   the properties before (at an Update)
{inputs}    - request
  output:
    physical_resource_id: <% $.physical_resource_id %>
    data: <% $.data %>
  tasks:
    phase:
      action: std.noop
      on-success:
        - create: <% $.request.RequestType = 'Create' %>
        - update: <% $.request.RequestType = 'Update' %>
        - delete: <% $.request.RequestType = 'Delete' %>
    create:
      action: std.noop  # make the thing
      publish:
        physical_resource_id: <% $.request.LogicalResourceId + '-' + $.request.RequestId %>
        data: {data}
    update:
      action: std.noop  # change it in place; answer with another physical_resource_id to replace it
      publish:
        physical_resource_id: <% $.request.PhysicalResourceId %>
        data: {data}
    delete:
      action: std.noop  # remove it, and succeed if it is gone already
      publish:
        physical_resource_id: <% $.request.PhysicalResourceId %>
        data: {{}}
"""


def workflow_skeleton(name: str, properties: Mapping[str, Any], attributes: list[str]) -> str:
    """Return the text of a workflow.

    :param properties: an example of the properties in use; they become the documentation of the input.
    :param attributes: which Data the template reads.
    """
    inputs = "".join(
        f"    # request.ResourceProperties.{_line(key)}  for example {_line(json.dumps(value))}\n"
        for key, value in properties.items()
    )
    names = [_EXPRESSION.sub(" ", key.split(".")[0]) for key in attributes]
    data = json.dumps({name: f"the {name}" for name in names})
    return _WORKFLOW.format(name=name, inputs=inputs, data=data)


def _line(text: str) -> str:
    # It stands in a YAML comment and beside Mistral's expressions: one line, and no <% %> or {{ }} of its own.
    limit = 60
    text = re.sub(r"[^\x20-\x7e]", " ", _EXPRESSION.sub(" ", text))
    return text if len(text) <= limit else text[:limit] + "..."
