"""What can be said of Heat's own classes without an engine. Run with Heat's Python: ``make unit-plugin``."""

from datetime import UTC, datetime
from typing import Any

import pytest
from heat.engine import environment, properties, support
from oslo_config import cfg

from customresource_bridge.plugin import entry
from customresource_bridge.plugin.delivery import signing_user
from customresource_bridge.plugin.heat import compat, resource_data
from customresource_bridge.plugin.resources import schema

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Kind:
    support_status = support.SupportStatus()


class Exact(Kind):
    pass


def test_installing_is_enough_for_heat_to_find_us() -> None:
    assert entry.PLUGIN_DIR in cfg.CONF.plugin_dirs
    assert "/usr/lib/heat" in cfg.CONF.plugin_dirs, "what was configured stays"
    assert cfg.CONF.custom_resource.watch_seconds == 4.0


@pytest.mark.parametrize(
    ("token", "good"),
    [("mistral:wf", True), ("zaqar:q", True), ("arn:aws:lambda:x", True), ("zaqar:a b", False), ("mistral:", False)],
)
def test_the_constraint_judges_a_service_token(token: str, good: bool) -> None:
    constraint: Any = entry.ServiceTokenConstraint()
    if good:
        constraint.validate_with_client(None, token)
        return
    with pytest.raises(constraint.expected_exceptions):
        constraint.validate_with_client(None, token)
    assert "ServiceToken" in constraint.error(token)


@pytest.mark.parametrize("size", [0, 10, 8001, 1_000_000])
def test_a_value_of_any_size_fits_into_heats_column(size: int) -> None:
    text = "".join(chr(33 + (i * 7919) % 90) for i in range(size))
    chunks = resource_data._chunks(text)
    assert all(len(chunk) <= 40_000 for chunk in chunks)


def test_a_value_beyond_all_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        resource_data._chunks("x" * 5_000_000)


def test_a_stacks_keys_are_derived_and_its_own() -> None:
    cfg.CONF.set_override("auth_encryption_key", "k" * 32)
    one, again, other = (signing_user.key_pair(stack) for stack in ("1", "1", "2"))
    assert one == again
    assert len({one.access, one.secret.reveal(), other.access, other.secret.reveal()}) == 4
    assert one.secret.reveal() not in repr(one)


class Properties:
    properties_schema = schema.AnyProperties({"ServiceToken": properties.Schema(properties.Schema.STRING)})

    def property_names(self) -> list[str]:
        return ["ServiceToken", "Anything"]


def test_the_class_shows_the_fixed_properties_and_an_instance_all_it_has() -> None:
    assert set(Properties.properties_schema) == {"ServiceToken"}
    assert Properties().properties_schema["Anything"].type == properties.Schema.ANY
    assert Properties().properties_schema["Anything"].update_allowed


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
