"""Who has a request that was posted, as Mistral and Zaqar tell. ``make unit-plugin``."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from plugin_parts import pending

from customresource_bridge.clients.mistral.mistral import Execution
from customresource_bridge.plugin.delivery.lookup import executions, takers
from customresource_bridge.plugin.delivery.lookup.takers import Taken, Untaken
from customresource_bridge.plugin.lifecycle.spec import Spec

STACK = "arn:openstack:heat::p:stacks/s/1"


class Services:
    """What lies unclaimed in which queue, and what runs; each question is remembered."""

    def __init__(self, lie: dict[str, list[Any]], *, runs: bool = False) -> None:
        self.lie = lie
        self.runs = runs
        self.asked: list[str] = []

    def glance(self, key: str) -> Execution | None:
        self.asked.append("Mistral")
        description = "heat-cr Update r of a in s"
        return Execution(id=key, state="PAUSED", workflow_name="w", description=description) if self.runs else None

    def messages(self, queue: str) -> Any:
        self.asked.append(queue)
        return iter([SimpleNamespace(body=body) for body in self.lie.get(queue, [])])

    @property
    def ref(self) -> Any:
        return SimpleNamespace(
            mistral=lambda **_patience: self,
            zaqar=lambda: self,
            name="a",
            stack_id=STACK,
            stack_uuid="1",
            project_id="p",
        )


def find(services: Services, token: str = "mistral:w", *, posts: int = 1) -> Taken | Untaken | None:
    request = replace(pending(), spec=Spec(resource_type="T", service_token=token))
    return takers.find(services.ref, request, posts=posts)


OURS, OTHERS = {"RequestId": "r"}, {"RequestId": "another"}


def test_a_bridge_has_what_mistral_has_an_execution_of() -> None:
    services = Services({"heat-cr-1": [OURS]}, runs=True)
    taken = find(services)
    assert isinstance(taken, Taken)
    assert taken.execution.id == executions.execution_id(services.ref, "r")
    assert (taken.execution.state, taken.execution.ended) == ("PAUSED", False)


@pytest.mark.parametrize("token", ["mistral:w", "arn:aws:lambda:1:2:function:f", ""])
def test_no_bridge_has_what_lies_in_its_stack_s_queue(token: str) -> None:
    assert find(Services({"heat-cr-1": [OTHERS, "odd", OURS]}), token) is Untaken.BRIDGE


@pytest.mark.parametrize("lie", [{}, {"heat-cr-1": [OTHERS]}, {"heat-cr-1": [OTHERS] * 100 + [OURS]}])
def test_what_is_not_seen_to_lie_there_may_have_been_taken(lie: dict[str, list[Any]]) -> None:
    assert find(Services(lie)) is None


@pytest.mark.parametrize(("token", "queue"), [("mistral:w", "heat-cr-1"), ("zaqar:q", "q")])
@pytest.mark.parametrize(("unclaimed", "is_untaken"), [(1, False), (2, False), (3, True), (4, True)])
def test_what_a_consumer_has_claimed_one_copy_of_is_taken(
    token: str, queue: str, *, unclaimed: int, is_untaken: bool
) -> None:
    found = find(Services({queue: [OTHERS, *[OURS] * unclaimed]}), token, posts=3)
    assert isinstance(found, Untaken) is is_untaken


def test_a_provider_s_queue_is_looked_at_where_it_is_the_project_s_own() -> None:
    services = Services({"q": [OURS]})
    assert find(services, "zaqar:q") is Untaken.PROVIDER
    assert services.asked == ["q"], "no workflow handles it"
    signed = Services({"q": [OURS]})
    assert find(signed, "zaqar:q?project=p&signature=s&expires=e&methods=GET,POST&paths=/v2/queues/q/messages") is None
    assert signed.asked == []
