"""Abandoned and adopted resources: what is written into an export, and read from one. No secret goes out.

The account goes along: what may exist beside the resource is deleted by the stack that adopts it.
"""

from collections.abc import Mapping
from typing import Any

from customresource_bridge.plugin.lifecycle.spec import Spec
from customresource_bridge.plugin.lifecycle.state import Entry, PhysicalResource, State

_ID = "physical_resource_id"
_DATA = "data"
_NO_ECHO = "no_echo"
_ACCOUNT = "account"
_SUPERSEDED = "superseded"
NO_ID = "Resource ID was not provided: a custom resource is adopted by its PhysicalResourceId"


def exported(resource: Any, state: State) -> dict[str, Any]:
    """Return what ``openstack stack abandon`` shows of a resource; masked Data stays in.

    :param state: what it remembers, with derived ids in its account.
    """
    physical = state.current
    kept = {} if physical is None or physical.no_echo else dict(physical.data)
    return {
        "name": resource.name,
        "resource_id": resource.resource_id if physical else None,
        "type": resource.type(),
        "action": resource.action,
        "status": resource.status,
        "metadata": {},
        "resource_data": {
            _ID: physical.physical_resource_id if physical else None,
            _DATA: kept,
            _NO_ECHO: physical.no_echo if physical else False,
            _ACCOUNT: [
                {_ID: entry.physical_resource_id, _SUPERSEDED: entry.superseded}
                for entry in state.account
                if entry.physical_resource_id
            ],
        },
    }


def adopted(source: Any, spec: Spec) -> State:
    """Return the state that an export, or a person, describes.

    :param source: at least ``resource_id``, the PhysicalResourceId.
    """
    given = source if isinstance(source, Mapping) else {}
    ours = given.get("resource_data")
    ours = ours if isinstance(ours, Mapping) else {}
    state = State(current=_physical(given, ours, spec))
    account = ours.get(_ACCOUNT)
    for entry in account if isinstance(account, list) else []:
        if isinstance(entry, Mapping) and entry.get(_ID):
            superseded = entry.get(_SUPERSEDED) is True
            state = state.opened(Entry(physical_resource_id=str(entry[_ID]), spec=spec, superseded=superseded))
    return state


def _physical(given: Mapping[str, Any], ours: Mapping[str, Any], spec: Spec) -> PhysicalResource | None:
    physical_resource_id = ours.get(_ID) or given.get("resource_id")
    if not physical_resource_id:
        return None
    data = ours.get(_DATA)
    return PhysicalResource(
        physical_resource_id=str(physical_resource_id),
        spec=spec,
        data=dict(data) if isinstance(data, Mapping) else {},
        no_echo=ours.get(_NO_ECHO) is True,
    )
