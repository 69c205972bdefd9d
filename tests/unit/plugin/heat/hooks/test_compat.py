"""Heat's defects with wildcards, and their mending. ``make unit-plugin``."""

from typing import Any

from heat.engine import environment, support

from customresource_bridge.plugin.heat.hooks import compat


class Kind:
    support_status = support.SupportStatus()


class Exact(Kind):
    pass


def registries(user: dict[str, Any]) -> tuple[Any, Any]:
    compat.repair_wildcards()
    shared = environment.ResourceRegistry(None, {})
    for name, value in {"Ours": Kind, "Custom::*": "Ours", "Custom::Exact": Exact}.items():
        shared.register_class(name, value)
    own = environment.ResourceRegistry(shared, {})
    own.load(user)
    return shared, own


def test_another_plugins_exact_type_wins_over_the_wildcard() -> None:
    _, own = registries({})
    assert own.get_class("Custom::Any") is Kind
    assert own.get_class("Custom::Exact") is Exact


def test_a_users_own_mapping_wins_and_stays_his_own() -> None:
    shared, own = registries({"Custom::Mine": "mine.yaml", "Custom::Alias": "Custom::Exact"})
    own.get_class("Custom::Any")
    mine = own.get_resource_info("Custom::Mine")
    own.get_resource_info("Custom::Mine", ignore=mine)  # the facade check's question
    assert own.get_resource_info("Custom::Mine").value == "mine.yaml"
    assert own.get_class("Custom::Alias") is Exact
    assert not any(info.user_resource for info in shared.iterable_by("Custom::Any"))
    assert own.as_dict()["Custom::Any"] == "Ours"


def test_mending_twice_changes_nothing() -> None:
    compat.repair_wildcards()
    first = environment.ResourceRegistry._register_info
    compat.repair_wildcards()
    assert environment.ResourceRegistry._register_info is first
