"""Abandoned and adopted resources: what is written into an export, and read from one. No secret goes out."""

from collections.abc import Mapping
from typing import Any

from heat.common import exception

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import PhysicalResource

_ID = "physical_resource_id"
_DATA = "data"
_NO_ECHO = "no_echo"


def exported(resource: Any, physical: PhysicalResource | None) -> dict[str, Any]:
    """Return what ``openstack stack abandon`` shows of a resource; masked Data stays in."""
    kept = {} if physical is None or physical.no_echo else dict(physical.data)
    return {
        "name": resource.name,
        "resource_id": resource.resource_id,
        "type": resource.type(),
        "action": resource.action,
        "status": resource.status,
        "metadata": {},
        "resource_data": {
            _ID: physical.physical_resource_id if physical else None,
            _DATA: kept,
            _NO_ECHO: physical.no_echo if physical else False,
        },
    }


def adopted(source: Any, spec: Spec) -> PhysicalResource:
    """Return the thing that an export, or a person, describes.

    :param source: at least ``resource_id``, the PhysicalResourceId.
    """
    given = source if isinstance(source, Mapping) else {}
    ours = given.get("resource_data")
    ours = ours if isinstance(ours, Mapping) else {}
    physical_resource_id = ours.get(_ID) or given.get("resource_id")
    if not physical_resource_id:
        raise exception.Error("Resource ID was not provided: a custom resource is adopted by its PhysicalResourceId")
    data = ours.get(_DATA)
    return PhysicalResource(
        physical_resource_id=str(physical_resource_id),
        spec=spec,
        data=dict(data) if isinstance(data, Mapping) else {},
        no_echo=ours.get(_NO_ECHO) is True,
    )
