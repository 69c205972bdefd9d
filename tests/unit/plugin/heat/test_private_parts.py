"""Every module, name and signature of Heat that the plugin counts on: what no release of Heat promises to keep.

Asserted is what we need and no more, so that the same test runs with every Heat that is supported; where a Heat has
moved something, the test that fails has its name. ``make unit-plugin``.
"""

import importlib
import inspect
from typing import Any

import pytest

from customresource_bridge.bridge.operator.threads import choose_threads

choose_threads()  # else Heat's modules load eventlet

CALLED: dict[str, tuple[tuple[Any, ...], tuple[str, ...]]] = {
    # What we call: as many positional arguments (the object among them), and by which names.
    "heat.common.config:get_client_option": ((1, 2), ()),
    "heat.common.context:RequestContext": ((), ("project_id", "is_admin", "roles")),
    "heat.common.context:get_admin_context": ((), ()),
    "heat.common.crypt:decrypt": ((1, 2), ()),
    "heat.common.crypt:encrypt": ((1,), ()),
    "heat.common.exception:ResourceFailure": ((1, 2, 3), ()),
    "heat.engine.check_resource:CheckResource": ((1, 2, 3, 4, 5), ()),
    "heat.engine.check_resource:CheckResource.retrigger_check_resource": ((0, 1, 2, 3), ()),
    "heat.engine.environment:ResourceInfo": ((1, 2, 3), ()),
    "heat.engine.environment:ResourceRegistry": ((1, 2), ()),
    "heat.engine.environment:ResourceRegistry._register_info": ((0, 1, 2), ()),
    "heat.engine.environment:ResourceRegistry.get_class_to_instantiate": ((0, 1), ("resource_name",)),
    "heat.engine.environment:ResourceRegistry.get_resource_info": ((0, 1), ()),
    "heat.engine.environment:ResourceRegistry.iterable_by": ((0, 1), ()),
    "heat.engine.environment:ResourceRegistry.register_class": ((0, 1, 2), ()),
    "heat.engine.event:Event": ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10), ()),
    "heat.engine.event:Event.store": ((0,), ()),
    "heat.engine.resource:Resource._action_recorder": ((0, 1), ()),
    "heat.engine.resource:Resource._add_event": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource._break_if_required": ((0, 1, 2), ()),
    "heat.engine.resource:Resource._do_action": ((0, 1), ()),
    "heat.engine.resource:Resource._load_data": ((0, 1), ()),
    "heat.engine.resource:Resource._needs_update": ((0, 1, 2, 3, 4, 5, 6), ()),
    "heat.engine.resource:Resource.create_convergence": ((0, 1, 2, 3, 4, 5), ()),
    "heat.engine.resource:Resource.data": ((0,), ()),
    "heat.engine.resource:Resource.delete_convergence": ((0, 1, 2, 3, 4), ()),
    "heat.engine.resource:Resource.load": ((1, 2, 3, 4, 5), ()),
    "heat.engine.resource:Resource.lock": ((0, 1), ()),
    "heat.engine.resource:Resource.make_replacement": ((0, 1, 2), ()),
    "heat.engine.resource:Resource.node_data": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.preview_update": ((0, 1, 2, 3, 4, 5), ("check_init_complete",)),
    "heat.engine.resource:Resource.resource_id_set": ((0, 1), ()),
    "heat.engine.resource:Resource.signal": ((0, 1, 2), ()),
    "heat.engine.resource:Resource.state_set": ((0, 1, 2, 3), ("lock",)),
    "heat.engine.resource:Resource.update_convergence": ((0, 1, 2, 3, 4, 5, 6), ()),
    "heat.engine.resource:Resource.validate": ((0,), ()),
    "heat.engine.resources.template_resource:TemplateResource._validate_against_facade": ((0, 1), ()),
    "heat.engine.scheduler:TaskRunner": ((1,), ()),
    "heat.engine.scheduler:TaskRunner.__call__": ((0,), ("wait_time", "timeout", "progress_callback")),
    "heat.engine.worker:WorkerService.start": ((0,), ()),
    "heat.engine.stack:ConvergenceNode": ((1, 2), ()),
    "heat.engine.stack:Stack.create_stack_user_project_id": ((0,), ()),
    "heat.engine.stack:Stack.identifier": ((0,), ()),
    "heat.engine.stack:Stack.load": ((1,), ("stack_id", "force_reload")),
    "heat.engine.stack:Stack.set_stack_user_project_id": ((0, 1), ()),
    "heat.engine.stack:Stack.stored_context": ((0,), ()),
    "heat.engine.stack:Stack.time_remaining": ((0,), ()),
    "heat.engine.sync_point:get": ((1, 2, 3, 4), ()),
    "heat.engine.sync_point:serialize_input_data": ((1,), ()),
    "heat.rpc.listener_client:EngineListenerClient": ((1,), ()),
    "heat.rpc.listener_client:EngineListenerClient.is_alive": ((0, 1), ()),
    "heat.rpc.worker_client:WorkerClient.check_resource": ((0, 1, 2, 3, 4, 5, 6), ("converge",)),
}

OVERRIDDEN: dict[str, str] = {
    # Heat's method, and ours that takes its place: it must take whatever Heat calls its own with.
    "heat.engine.resource:Resource._add_event": "operated:Operated._add_event",
    "heat.engine.resource:Resource._break_if_required": "convergence:Convergence._break_if_required",
    "heat.engine.resource:Resource._load_data": "convergence:Convergence._load_data",
    "heat.engine.resource:Resource._needs_update": "convergence:Convergence._needs_update",
    "heat.engine.resource:Resource._resolve_attribute": "attributes:Attributes._resolve_attribute",
    "heat.engine.resource:Resource._show_resource": "attributes:Attributes._show_resource",
    "heat.engine.resource:Resource.FnGetAtt": "attributes:Attributes.FnGetAtt",
    "heat.engine.resource:Resource.create_convergence": "convergence:Convergence.create_convergence",
    "heat.engine.resource:Resource.data": "base:CustomResource.data",
    "heat.engine.resource:Resource.delete_convergence": "convergence:Convergence.delete_convergence",
    "heat.engine.resource:Resource.get_attribute": "attributes:Attributes.get_attribute",
    "heat.engine.resource:Resource.get_live_state": "attributes:Attributes.get_live_state",
    "heat.engine.resource:Resource.get_reference_id": "attributes:Attributes.get_reference_id",
    "heat.engine.resource:Resource.handle_preempt": "convergence:Convergence.handle_preempt",
    "heat.engine.resource:Resource.lock": "convergence:Convergence.lock",
    "heat.engine.resource:Resource.make_replacement": "convergence:Convergence.make_replacement",
    "heat.engine.resource:Resource.needs_replace_failed": "convergence:Convergence.needs_replace_failed",
    "heat.engine.resource:Resource.needs_replace_with_prop_diff": (
        "convergence:Convergence.needs_replace_with_prop_diff"
    ),
    "heat.engine.resource:Resource.node_data": "attributes:Attributes.node_data",
    "heat.engine.resource:Resource.prepare_abandon": "base:CustomResource.prepare_abandon",
    "heat.engine.resource:Resource.preview_update": "convergence:Convergence.preview_update",
    "heat.engine.resource:Resource.regenerate_info_schema": "base:CustomResource.regenerate_info_schema",
    "heat.engine.resource:Resource.signal": "base:CustomResource.signal",
    "heat.engine.resource:Resource.update_convergence": "convergence:Convergence.update_convergence",
    "heat.engine.resource:Resource.validate_template": "base:CustomResource.validate_template",
    "heat.engine.resource:Resource.validate": "base:CustomResource.validate",
}

NAMED = [
    "heat.common.config:get_ssl_options",
    "heat.common.exception:AuthorizationFailure",
    "heat.common.exception:EntityNotFound",
    "heat.common.exception:Error",
    "heat.common.exception:HeatException",
    "heat.common.exception:InvalidTemplateAttribute",
    "heat.common.exception:NotFound",
    "heat.common.exception:StackValidationFailed",
    "heat.common.exception:UpdateInProgress",
    "heat.common.identifier:ResourceIdentifier.arn_url_path",
    "heat.common.messaging:NOTIFICATIONS_TRANSPORT",
    "heat.db.api:context_manager.reader",
    "heat.db.api:context_manager.writer",
    "heat.db.models:RawTemplate",
    "heat.engine.check_resource:CancelOperation",
    "heat.engine.clients.os.keystone.heat_keystoneclient:config.get_client_option",
    "heat.engine.constraints:BaseCustomConstraint",
    "heat.engine.environment:HOOK_POST_CREATE",
    "heat.engine.environment:ResourceInfo.__lt__",
    "heat.engine.function:resolve",
    "heat.engine.properties:Schema.ANY",
    "heat.engine.resource:Resource.CHECK",
    "heat.engine.resource:Resource.COMPLETE",
    "heat.engine.resource:Resource.CREATE",
    "heat.engine.resource:Resource.DELETE",
    "heat.engine.resource:Resource.FAILED",
    "heat.engine.resource:Resource.INIT",
    "heat.engine.resource:Resource.IN_PROGRESS",
    "heat.engine.resource:Resource.LOCK_RESPECT",
    "heat.engine.resource:Resource.ROLLBACK",
    "heat.engine.resource:Resource.SHOW",
    "heat.engine.resource:Resource.UPDATE",
    "heat.engine.resource:Resource.requires_deferred_auth",
    "heat.engine.resource:Resource.state",
    "heat.engine.resource:UpdateReplace",
    "heat.engine.stack:Stack.DELETE",
    "heat.engine.stack:Stack.IN_PROGRESS",
    "heat.engine.stack:Stack.ROLLBACK",
    "heat.engine.stack:Stack.convergence_dependencies",
]

COLUMNS = {
    "Resource": "id name stack_id action status engine_id atomic_key current_template_id replaces replaced_by",
    "ResourceData": "id key value redact decrypt_method resource_id",
    "Stack": "id tenant status action current_traversal deleted_at",
}

SET_ON_A_RESOURCE = ("_atomic_key", "_calling_engine_id", "_stored_properties_data", "abandon_in_progress")
"""Attributes that Heat's constructor, or its loading of a row, gives a resource, and that we read or write."""


def found(name: str) -> Any:
    module, _, path = name.partition(":")
    thing = importlib.import_module(module)
    for part in path.split("."):
        assert hasattr(thing, part), f"this Heat has no {name}"
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize("name", NAMED)
def test_heat_has(name: str) -> None:
    found(name)


@pytest.mark.parametrize("name", CALLED)
def test_heat_takes_what_we_call_it_with(name: str) -> None:
    positional, named = CALLED[name]
    inspect.signature(found(name)).bind(*positional, **dict.fromkeys(named))


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_ours_can_be_called_as_heat_calls_its_own(name: str) -> None:
    ours = found(f"customresource_bridge.plugin.resources.{OVERRIDDEN[name]}")
    theirs = inspect.signature(found(name)).parameters.values()
    inspect.signature(ours).bind(*[one for one in theirs if one.kind is one.POSITIONAL_OR_KEYWORD])


@pytest.mark.parametrize("model", COLUMNS)
def test_heat_s_tables_have_our_columns(model: str) -> None:
    columns = set(found(f"heat.db.models:{model}").__table__.columns.keys())
    assert sorted(set(COLUMNS[model].split()) - columns) == []


@pytest.mark.parametrize("name", SET_ON_A_RESOURCE)
def test_heat_s_resources_have(name: str) -> None:
    resource = found("heat.engine.resource:Resource")
    assert f"self.{name} = " in inspect.getsource(resource), f"this Heat's resources have no {name}"


def test_heat_drops_a_check_that_ends_in_either_exception() -> None:
    check = inspect.getsource(found("heat.engine.check_resource:CheckResource._do_check_resource"))
    assert "except CancelOperation" in check
    assert "except exception.UpdateInProgress" in check
    assert "handle_preempt()" in check


def test_heat_makes_no_replacement_where_another_check_has_the_row() -> None:
    replace = inspect.getsource(found("heat.engine.check_resource:CheckResource._handle_resource_replacement"))
    assert "rsrc.make_replacement(" in replace
    assert "except exception.UpdateInProgress" in replace
