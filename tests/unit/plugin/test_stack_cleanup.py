"""What goes with a stack's last custom resource, on Heat's own tables. ``make unit-plugin``."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from heat.db import models
from heat_tables import Tables, change, make_tables
from oslo_config import cfg
from plugin_parts import NOW

from customresource_bridge.plugin import options, stack_cleanup
from customresource_bridge.plugin.heat import resource_data
from customresource_bridge.plugin.lifecycle.lease import Lease
from customresource_bridge.plugin.lifecycle.state import State


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


class Removed:
    """What the clean-up of a stack's resource removed, whose template has the names ``template``.

    A name that begins with "ours" is a custom resource's.
    """

    def __init__(self, *, asked: set[str], template: set[str], left: str | None = None, signer: bool = False) -> None:
        self.queues: list[str] = []
        self.signers: list[str] = []
        self.tables, self.gone = Tables(), Tables()
        change(self.gone.context, models.Stack, self.gone.stack_uuid, deleted_at=NOW)
        for name in asked:
            done = {"action": "DELETE", "status": "COMPLETE"} if name != left else {}
            row_id = self.tables.row(name, **done)
            self.tables.remember(row_id, State(), Lease(request_id="r", posts=1, next_post_at=NOW, expires_at=NOW))
            if signer:
                resource_data.note_signer(self.tables.context, row_id)
        self._clean_up(template)

    def _clean_up(self, template: set[str]) -> None:
        names = (self.gone.stack_uuid, self.tables.stack_uuid, "elsewhere")
        zaqar = SimpleNamespace(
            queues=lambda prefix: [f"{prefix}{name}" for name in names], delete_queue=self.queues.append
        )
        ref = self.tables.ref(0, zaqar=lambda: zaqar)
        kind = SimpleNamespace(accepts_any_property=True)
        registry = SimpleNamespace(
            get_class_to_instantiate=lambda _type, resource_name: kind if resource_name.startswith("ours") else None
        )
        defn = SimpleNamespace(
            enabled_rsrc_names=lambda: sorted(template),
            resource_definition=lambda _name: SimpleNamespace(resource_type="T"),
        )
        environment = SimpleNamespace(registry=registry)
        stack = SimpleNamespace(id=self.tables.stack_uuid, action="UPDATE", DELETE="DELETE", defn=defn, env=environment)
        row: Any = SimpleNamespace(
            state=("DELETE", "COMPLETE"), DELETE="DELETE", COMPLETE="COMPLETE", stack=stack, ref=ref
        )
        row.context = self.tables.context
        stack_cleanup.after(row, remove_signer=self.signers.append)


def test_the_last_one_takes_queue_and_signer_along() -> None:
    removed = Removed(asked={"ours"}, template={"other"})
    own = removed.tables.stack_uuid
    assert (removed.queues, removed.signers) == ([f"heat-cr-{own}"], [own])


@pytest.fixture
def _over_bus() -> Iterator[None]:
    options.register(cfg.CONF)
    for name, value in {"answers_over_bus": "on", "gateway_url": "https://answer.example"}.items():
        cfg.CONF.set_override(name, value, options.GROUP)
    yield
    for name in ("answers_over_bus", "gateway_url"):
        cfg.CONF.clear_override(name, options.GROUP)


@pytest.mark.usefixtures("_over_bus")
@pytest.mark.parametrize("noted", [False, True], ids=["never made", "made before"])
def test_where_answers_come_over_the_bus_only_a_signer_that_was_made_is_removed(noted: bool) -> None:
    removed = Removed(asked={"ours"}, template={"other"}, signer=noted)
    own = removed.tables.stack_uuid
    assert (removed.queues, removed.signers) == ([f"heat-cr-{own}"], [own] if noted else [])


def test_a_delete_whose_outcome_cannot_be_received_is_left_its_queue() -> None:
    removed = Removed(asked={"ours", "foreign"}, template={"foreign"})
    gone = removed.gone.stack_uuid
    assert (removed.queues, removed.signers) == ([f"heat-cr-{gone}"], []), "only what deleted stacks left behind goes"


@pytest.mark.parametrize(
    "others",
    [{"asked": {"ours", "ours-2"}, "template": set(), "left": "ours-2"}, {"asked": {"ours"}, "template": {"ours-2"}}],
    ids=["another is being deleted", "the template has one"],
)
def test_while_another_one_needs_them_nothing_goes(others: Any) -> None:
    removed = Removed(**others)
    assert (removed.queues, removed.signers) == ([], [])


def test_a_stack_that_never_asked_has_nothing_to_remove() -> None:
    removed = Removed(asked=set(), template={"other"})
    assert (removed.queues, removed.signers) == ([], [])
