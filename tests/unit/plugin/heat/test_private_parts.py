"""Every module, name and signature of Heat that the plugin counts on: what no release of Heat promises to keep.

Asserted is what we need and no more, so that the same test runs with every Heat that is supported; where a Heat has
moved something, the test that fails has its name. ``make unit-plugin``.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge import plugin
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
    "heat.engine.resource:Resource.check": ((0,), ()),
    "heat.engine.resource:Resource.check_convergence": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.create_convergence": ((0, 1, 2, 3, 4, 5), ()),
    "heat.engine.resource:Resource.data": ((0,), ()),
    "heat.engine.resource:Resource.delete_convergence": ((0, 1, 2, 3, 4), ()),
    "heat.engine.resource:Resource.get_reference_id": ((0,), ()),
    "heat.engine.resource:Resource.load": ((1, 2, 3, 4, 5), ()),
    "heat.engine.resource:Resource.lock": ((0, 1), ()),
    "heat.engine.resource:Resource.make_replacement": ((0, 1, 2), ()),
    "heat.engine.resource:Resource.node_data": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.preview_update": ((0, 1, 2, 3, 4, 5), ("check_init_complete",)),
    "heat.engine.resource:Resource.resource_id_set": ((0, 1), ()),
    "heat.engine.resource:Resource.resume": ((0,), ()),
    "heat.engine.resource:Resource.resume_convergence": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.signal": ((0, 1, 2), ()),
    "heat.engine.resource:Resource.snapshot": ((0,), ()),
    "heat.engine.resource:Resource.snapshot_convergence": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.state_set": ((0, 1, 2, 3), ("lock",)),
    "heat.engine.resource:Resource.suspend": ((0,), ()),
    "heat.engine.resource:Resource.suspend_convergence": ((0, 1, 2, 3), ()),
    "heat.engine.resource:Resource.update_convergence": ((0, 1, 2, 3, 4, 5, 6), ()),
    "heat.engine.resource:Resource.update_template_diff_properties": ((0, 1, 2), ()),
    "heat.engine.resource:Resource.validate": ((0,), ()),
    "heat.engine.resource:Resource.validate_template": ((0,), ()),
    "heat.engine.resources.template_resource:TemplateResource._validate_against_facade": ((0, 1), ()),
    "heat.engine.scheduler:TaskRunner": ((1,), ()),
    "heat.engine.scheduler:TaskRunner.__call__": ((0,), ("wait_time", "timeout", "progress_callback")),
    "heat.engine.worker:WorkerService.start": ((0,), ()),
    "heat.engine.worker:WorkerService.stop": ((0,), ()),
    "heat.engine.stack:ConvergenceNode": ((1, 2), ()),
    "heat.engine.stack:Stack.create_stack_user_project_id": ((0,), ()),
    "heat.engine.stack:Stack.has_timed_out": ((0,), ()),
    "heat.engine.stack:Stack.identifier": ((0,), ()),
    "heat.engine.stack:Stack.load": ((1,), ("stack_id", "force_reload")),
    "heat.engine.stack:Stack.set_stack_user_project_id": ((0, 1), ()),
    "heat.engine.stack:Stack.stored_context": ((0,), ()),
    "heat.engine.stack:Stack.time_remaining": ((0,), ()),
    "heat.engine.sync_point:deserialize_input_data": ((1,), ()),
    "heat.engine.sync_point:get": ((1, 2, 3, 4), ()),
    "heat.engine.sync_point:serialize_input_data": ((1,), ()),
    "heat.rpc.listener_client:EngineListenerClient": ((1,), ()),
    "heat.rpc.listener_client:EngineListenerClient.is_alive": ((0, 1), ()),
    "heat.rpc.worker_client:WorkerClient.check_resource": ((0, 1, 2, 3, 4, 5, 6), ("converge",)),
}

RESOURCE = "heat.engine.resource:Resource"

OVERRIDDEN: dict[str, tuple[str, str]] = {
    # Our class; Heat's that it is one of; and what takes the place of Heat's own, and is called with what that takes.
    "entry:ServiceTokenConstraint": (
        "heat.engine.constraints:BaseCustomConstraint",
        "error expected_exceptions validate_with_client",
    ),
    "resources.attributes:Attributes": (
        RESOURCE,
        "FnGetAtt _resolve_attribute _show_resource get_attribute get_live_state get_reference_id node_data",
    ),
    "resources.base:CustomResource": (
        RESOURCE,
        "attributes_schema data handle_adopt handle_delete handle_update no_signal_actions prepare_abandon "
        "regenerate_info_schema requires_deferred_auth signal signal_needs_metadata_updates validate validate_template",
    ),
    "resources.cfn:CfnCustomResource": (
        RESOURCE,
        "update_policy_schema update_template_diff_properties validate_template",
    ),
    "resources.convergence:Convergence": (
        RESOURCE,
        "_break_if_required _load_data _needs_update always_replace_on_check_failed check_convergence "
        "create_convergence delete_convergence handle_preempt lock make_replacement needs_replace_failed "
        "needs_replace_with_prop_diff preview_update resume_convergence snapshot_convergence suspend_convergence "
        "update_convergence",
    ),
    "resources.hot:HotCustomResource": (RESOURCE, "validate"),
    "resources.one_thread:OneThread": (RESOURCE, "check resume snapshot suspend"),
    "resources.operated:Operated": (RESOURCE, "_add_event"),
}

HEAT = int(version("openstack-heat").partition(".")[0])
SINCE = dict.fromkeys(("check_convergence", "resume_convergence", "snapshot_convergence", "suspend_convergence"), 26)
"""From which Heat on a method is called at all: an older one goes through no graph for it, and never asks for ours."""


def is_there(name: str) -> bool:
    """Return whether this Heat has a method of ours to call."""
    return SINCE.get(name, HEAT) <= HEAT


OVERRIDES = [
    (ours, theirs, name) for ours, (theirs, names) in OVERRIDDEN.items() for name in names.split() if is_there(name)
]

NAMED = [
    "heat.common.config:get_ssl_options",
    "heat.common.exception:AuthorizationFailure",
    "heat.common.exception:EntityNotFound",
    "heat.common.exception:Error",
    "heat.common.exception:HeatException",
    "heat.common.exception:InvalidTemplateAttribute",
    "heat.common.exception:NotFound",
    "heat.common.exception:NotSupported",
    "heat.common.exception:StackValidationFailed",
    "heat.common.exception:UpdateInProgress",
    "heat.common.identifier:ResourceIdentifier.arn_url_path",
    "heat.common.messaging:NOTIFICATIONS_TRANSPORT",
    "heat.common.messaging:TRANSPORT",
    "heat.db.api:context_manager.reader",
    "heat.db.api:context_manager.writer",
    "heat.db.models:RawTemplate",
    "heat.engine.check_resource:CancelOperation",
    "heat.engine.clients.os.keystone.heat_keystoneclient:config.get_client_option",
    "heat.engine.clients.os.keystone.heat_keystoneclient:config.get_ssl_options",
    "heat.engine.constraints:AllowedPattern",
    "heat.engine.constraints:AllowedValues",
    "heat.engine.constraints:BaseCustomConstraint",
    "heat.engine.constraints:CustomConstraint",
    "heat.engine.constraints:Range",
    "heat.engine.environment:HOOK_POST_CREATE",
    "heat.engine.environment:ResourceInfo.__lt__",
    "heat.engine.function:resolve",
    "heat.engine.properties:Schema.ANY",
    "heat.engine.properties:Schema.BOOLEAN",
    "heat.engine.properties:Schema.INTEGER",
    "heat.engine.properties:Schema.LIST",
    "heat.engine.properties:Schema.STRING",
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


@pytest.mark.parametrize("name", [name for name in CALLED if is_there(name.rpartition(".")[2])])
def test_heat_takes_what_we_call_it_with(name: str) -> None:
    positional, named = CALLED[name]
    inspect.signature(found(name)).bind(*positional, **dict.fromkeys(named))


@pytest.mark.parametrize(("ours", "theirs", "name"), OVERRIDES, ids=[f"{ours}.{name}" for ours, _, name in OVERRIDES])
def test_ours_can_be_called_as_heat_calls_its_own(ours: str, theirs: str, name: str) -> None:
    own, heat_s = found(f"{plugin.__name__}.{ours}.{name}"), found(f"{theirs}.{name}")
    assert inspect.isfunction(own) is inspect.isfunction(heat_s), "a value of Heat's is one of ours, or a property"
    takes = inspect.signature(heat_s).parameters.values() if inspect.isfunction(heat_s) else []
    if inspect.isfunction(own):
        inspect.signature(own).bind(*[one for one in takes if one.kind is one.POSITIONAL_OR_KEYWORD])


def overrides() -> Iterator[str]:
    """Say what each class of the plugin takes the place of in a class of Heat's."""
    for module in pkgutil.walk_packages(plugin.__path__, f"{plugin.__name__}."):
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and kind.__module__ == module.name:
                heat_s = {name for base in kind.__mro__ if base.__module__.startswith("heat.") for name in vars(base)}
                names = [name for name in vars(kind) if not name.startswith("__") or name in {"__init__", "__new__"}]
                ours = f"{module.name.removeprefix(f'{plugin.__name__}.')}:{kind.__name__}"
                yield from (f"{ours}.{name}" for name in names if name in heat_s)


def test_all_that_we_override_is_listed() -> None:
    assert set(overrides()) ^ {f"{ours}.{name}" for ours, _, name in OVERRIDES} == set()


def test_each_answer_to_convergence_says_which_of_heat_s_methods_it_takes_the_place_of() -> None:
    ours = inspect.getsource(found(f"{plugin.__name__}.resources.convergence:Convergence"))
    names = OVERRIDDEN["resources.convergence:Convergence"][1].split()
    assert [name for name in names if f"    # heat/engine/resource.py: Resource.{name}" not in ours] == []


def test_what_heat_s_check_of_a_resource_calls_of_ours_stands_in_convergence() -> None:
    check = inspect.getsource(importlib.import_module("heat.engine.check_resource"))
    called = {f"{ours}.{name}" for ours, _, name in OVERRIDES if f"rsrc.{name}(" in check or "_convergence" in name}
    elsewhere = {name for name in called if not name.startswith("resources.convergence:")}
    assert elsewhere - {"resources.attributes:Attributes.node_data"} == set(), "which shows, and decides nothing"


def names_of_heat(source: str) -> Iterator[str]:
    """Say what a module of ours imports of Heat, and what it names of that."""
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("heat."):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("heat."))
    yield from imported.values()
    for node in ast.walk(tree):
        first, _, rest = ast.unparse(node).partition(".") if isinstance(node, ast.Attribute) else ("", "", "")
        if first in imported and "(" not in rest:
            yield f"{imported[first]}.{rest}"


def test_all_that_we_name_of_heat_is_listed() -> None:
    columns = {f"heat.db.models.{model}.{column}" for model, names in COLUMNS.items() for column in names.split()}
    listed = {name.replace(":", ".") for name in [*CALLED, *NAMED]} | columns
    parts = {name.rsplit(".", count)[0] for name in listed for count in range(name.count("."))}
    for path in Path(plugin.__path__[0]).rglob("*.py"):
        named = {name for name in names_of_heat(path.read_text()) if "._custom_resource" not in name}
        unlisted = named - parts
        assert {name for name in unlisted if name.rsplit(".", 1)[0] not in columns} == set(), path.name


def test_all_that_ours_calls_of_heat_s_own_is_listed() -> None:
    sources = [path.read_text() for path in Path(plugin.__path__[0], "resources").glob("*.py")]
    called = {f"{RESOURCE}.{name}" for source in sources for name in re.findall(r"super\(\)\.(\w+)\(", source)}
    assert called - set(CALLED) == set()


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
