"""Which resource takes an answer, and how it is named to a handler."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1 import exceptions as ksa

from customresource_bridge import errors
from customresource_bridge.plugin.heat.resource_ref import ResourceRef
from customresource_bridge.protocol import Identity


class Ours:
    accepts_any_property = True


class Another:
    pass


def a_ref(name: str = "a", **kinds: type) -> Any:
    """Return the place of ``name`` in a stack whose template has resources of these classes."""
    definition = SimpleNamespace(
        enabled_rsrc_names=lambda: list(kinds), resource_definition=lambda name: SimpleNamespace(resource_type=name)
    )
    registry = SimpleNamespace(get_class_to_instantiate=lambda kind, **_: kinds[kind])
    stack = SimpleNamespace(
        id="s",
        tenant_id="p",
        defn=definition,
        env=SimpleNamespace(registry=registry),
        identifier=lambda: SimpleNamespace(arn=lambda: "arn:openstack:heat::p:stacks/mine/s"),
    )
    return ResourceRef(context=None, find_authority=lambda: "authority-of-mine", stack=stack, row_id=1, name=name)


@pytest.mark.parametrize(
    ("kinds", "takes_it"),
    [
        ({"a": Ours, "b": Ours}, "a"),
        ({"a": Another, "c": Ours, "b": Ours}, "b"),
        ({"a": Another}, None),
        ({"b": Ours}, "a"),
    ],
    ids=["itself", "another of ours", "nobody", "one that left the template"],
)
def test_an_answer_goes_where_heat_takes_it(kinds: dict[str, type], takes_it: str | None) -> None:
    assert a_ref(**kinds).answered_by == takes_it


def test_a_handler_knows_stack_resource_and_request() -> None:
    ref = a_ref(a=Ours)
    stack_id = "arn:openstack:heat::p:stacks/mine/s"
    assert ref.identity("r") == Identity(stack_id=stack_id, request_id="r", logical_resource_id="a")
    assert (ref.stack_uuid, ref.project_id) == ("s", "p")


def test_its_type_is_the_template_s_while_that_has_it() -> None:
    ref = a_ref(a=Ours)
    assert ref.type == "a"
    ref.stack.defn.resource_definition = {}.__getitem__
    assert ref.type == ""


def test_no_repr_shows_an_authority() -> None:
    assert "authority" not in repr(a_ref(a=Ours))


@pytest.mark.parametrize(
    ("refusal", "known"),
    [
        (ksa.ConnectFailure("to http://keystone"), errors.ServiceUnavailable),
        (ksa.EndpointNotFound(), errors.ConfigurationError),
        (ksa.Unauthorized(), errors.Unauthorized),
    ],
)
def test_a_catalogue_that_does_not_say_where_answers_go_is_an_error_of_ours(
    refusal: Exception, known: type[Exception]
) -> None:
    def get_heat_cfn_url() -> str:
        raise refusal

    plugin = SimpleNamespace(get_heat_cfn_url=get_heat_cfn_url)
    clients = SimpleNamespace(client_plugin=lambda _name: plugin)
    ref = replace(a_ref(a=Ours), find_authority=lambda: SimpleNamespace(clients=clients))
    with pytest.raises(known):
        ref.cfn_url()
