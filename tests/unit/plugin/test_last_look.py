"""What is heard and said at the end of a row. With Heat's Python: ``make unit-plugin``."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from heat_tables import make_tables
from operations import NEW, QUEUE, REPLACED, Cloud, answer, derived

from customresource_bridge.plugin import last_look
from customresource_bridge.plugin.lifecycle.plan import Absent, Present
from customresource_bridge.plugin.lifecycle.spec import PhaseWorkflow
from customresource_bridge.plugin.lifecycle.state import Entry, State


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def deleted(ref: Any, state: State, *, policy: str = "Delete", abandoned: bool = False) -> Any:
    """Return a resource that Heat takes for deleted."""
    resource = SimpleNamespace(
        DELETE="DELETE",
        COMPLETE="COMPLETE",
        FAILED="FAILED",
        status="COMPLETE",
        abandon_in_progress=abandoned,
        t=SimpleNamespace(RETAIN="Retain", deletion_policy=lambda: policy),
        ref=ref,
        stack=ref.stack,
        state_now=lambda: state,
    )
    resource.state = ("DELETE", resource.status)
    return resource


def a_deleted_one(cloud: Cloud, **more: Any) -> tuple[Any, str]:
    """Return a resource whose Delete has succeeded, and the RequestId of its Create, which was never answered."""
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE)).pending
    deleting = cloud.start(ref, Absent(), traversal="delete")
    assert create is not None
    assert deleting.pending is not None
    answer(ref, deleting.pending.request_id, "")
    assert deleting.advance()
    return deleted(ref, deleting.state, **more), create.request_id


@pytest.mark.parametrize("named", ["made-1", ""])
def test_an_answer_that_came_after_the_last_look_has_the_row_deleted_once_more(cloud: Cloud, named: str) -> None:
    resource, create = a_deleted_one(cloud)
    answer(resource.ref, create, named)
    assert last_look.finds_more(resource, set)
    assert resource.status == "FAILED", "Heat deletes nothing that it takes for deleted"
    deleting = cloud.start(resource.ref, Absent(), traversal="delete").pending
    assert deleting is not None
    assert deleting.physical_resource_id == (named or derived(resource.ref, create))


def test_a_row_without_a_further_answer_is_gone(cloud: Cloud) -> None:
    resource, _create = a_deleted_one(cloud)
    assert not last_look.finds_more(resource, set)
    assert resource.status == "COMPLETE"


def test_what_another_row_goes_on_using_is_no_reason_to_go_on(cloud: Cloud) -> None:
    resource, create = a_deleted_one(cloud)
    answer(resource.ref, create, "made-1")
    assert not last_look.finds_more(resource, lambda: {"made-1"})


@pytest.mark.parametrize("how", [{"policy": "Retain"}, {"abandoned": True}])
def test_what_is_retained_or_abandoned_is_not_deleted(cloud: Cloud, how: Any) -> None:
    resource, create = a_deleted_one(cloud, **how)
    answer(resource.ref, create, "made-1")
    assert not last_look.finds_more(resource, set)


def test_a_row_that_is_not_deleted_is_left_alone(cloud: Cloud) -> None:
    resource, create = a_deleted_one(cloud)
    answer(resource.ref, create, "made-1")
    resource.state = ("DELETE", "FAILED")
    assert not last_look.finds_more(resource, set)
    assert told(deleted(resource.ref, State(account=(REPLACED,))), state=("DELETE", "FAILED")) == []


def told(resource: Any, *, held: frozenset[str] = frozenset(), state: Any = None) -> list[str]:
    resource.state = state or resource.state
    texts: list[str] = []
    last_look.tell_what_is_left(resource, lambda: held, texts.append)
    return texts


def test_what_could_not_be_deleted_is_named(cloud: Cloud) -> None:
    failed = replace(REPLACED, tried_in="op")
    other = Entry(physical_resource_id="k9", spec=QUEUE)
    resource = deleted(cloud.resource(), State(account=(failed, other)))
    assert told(resource) == [f"Not deleted, and no longer known to the stack: {name}" for name in ("k1", "k9")]


def test_what_another_row_uses_or_an_author_wants_left_is_not_named(cloud: Cloud) -> None:
    only_create = replace(QUEUE, service_token="", workflows={"create": PhaseWorkflow(workflow="w")})
    wanted = Entry(physical_resource_id="k9", spec=only_create)
    resource = deleted(cloud.resource(), State(account=(REPLACED, wanted)))
    assert told(resource, held=frozenset({"k1"})) == []
    assert told(deleted(cloud.resource(), State(current=NEW))) == []
    assert told(deleted(cloud.resource(), State(account=(REPLACED,)), abandoned=True)) == []


def test_of_a_retained_resource_what_is_not_the_resource_is_named(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE))
    assert create.pending is not None
    [text] = told(deleted(ref, create.state, policy="Retain"))
    assert text.endswith(f": {derived(ref, create.pending.request_id)}")


def test_of_a_retained_resource_an_answer_that_nobody_took_up_is_heard_too(cloud: Cloud) -> None:
    ref = cloud.resource()
    create = cloud.start(ref, Present(spec=QUEUE))
    assert create.pending is not None
    given_up = create.state.interrupted()
    answer(ref, create.pending.request_id, "made-1", status="FAILED")
    assert told(deleted(ref, given_up, policy="Retain")) == ["Not deleted, and no longer known to the stack: made-1"]


def test_an_id_of_any_length_is_named_whole(cloud: Cloud) -> None:
    long = "".join(chr(97 + number % 26) for number in range(1000))
    texts = told(deleted(cloud.resource(), State(account=(Entry(physical_resource_id=long, spec=QUEUE),))))
    assert long in "".join(texts)
    assert max(map(len, texts)) <= 255
