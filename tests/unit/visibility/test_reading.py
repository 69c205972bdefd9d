import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from visibility_parts import STACK, FakeExecutions, FakeHeat, SeenCloud, ago, body, execution, resource

from customresource_bridge import errors
from customresource_bridge.clients.heat.reader import StackResource, StackSummary
from customresource_bridge.clients.mistral.reader import ExecutionSummary
from customresource_bridge.clients.zaqar.dead_letters import letter
from customresource_bridge.clients.zaqar.zaqar import Message
from customresource_bridge.protocol import Secret, ids
from customresource_bridge.visibility.reading import LISTED, LOOKED_INTO, Selection, Which, list_requests
from customresource_bridge.visibility.view import SeenStage

QUEUE = ids.stack_queue(STACK)


def stages(cloud: SeenCloud, **wanted: Any) -> list[SeenStage]:
    return [view.stage for view in list_requests(cloud.readers, Selection(**wanted)).views]


def test_a_request_that_no_bridge_took_is_found_in_its_queue() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    cloud.zaqar.post(QUEUE, body(), ttl=3600)
    assert stages(cloud, which=Which.IN_FLIGHT) == [SeenStage.WAITING]
    cloud.zaqar.claim_one(QUEUE, ttl=60)
    assert stages(cloud, which=Which.IN_FLIGHT) == [SeenStage.CLAIMED]


def test_where_the_execution_is_seen_no_queue_is_read() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    cloud.mistral.made = [execution(body())]
    cloud.zaqar = None  # type: ignore[assignment]
    assert stages(cloud, which=Which.IN_FLIGHT) == [SeenStage.RUNNING]


def test_an_execution_whose_answer_heat_does_not_take_is_found_by_its_message() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    cloud.zaqar.post(QUEUE, body(), ttl=3600)
    cloud.zaqar.claim_one(QUEUE, ttl=60)
    cloud.mistral.made = [execution(body(), "SUCCESS", began=5000)]
    assert stages(cloud, which=Which.IN_FLIGHT) == [SeenStage.SETTLED]


def test_a_dead_letter_is_why_a_resource_waits() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    message = Message(queue=QUEUE, message_id=Secret("m"), claim_id=None, body=body(), age=0, ttl=60)
    cloud.zaqar.post(ids.DEAD_LETTER_QUEUE, letter(message, reason="why", now=ago(5)), ttl=60)
    assert stages(cloud) == [SeenStage.SET_ASIDE]


def test_only_what_failed() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_FAILED", resource(status="CREATE_FAILED"), resource("other"))
    cloud.mistral.made = [execution(body(), "ERROR"), execution(body("other")), execution(body("third"), "SUCCESS")]
    assert stages(cloud, which=Which.FAILED) == [SeenStage.FAILED]
    assert len(stages(cloud)) == 3


def test_only_a_stack_s() -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    elsewhere = "22222222-2222-4222-8222-222222222222"
    cloud.mistral.made = [execution(body()), execution(body(stack=elsewhere, stack_name="other"))]
    assert len(stages(cloud)) == 2
    assert stages(cloud, stack="hello") == [SeenStage.RUNNING]
    with pytest.raises(errors.NotFound):
        list_requests(cloud.readers, Selection(stack="nowhere"))


def test_a_project_without_any_has_none() -> None:
    assert stages(SeenCloud()) == []


def test_an_administrator_who_is_shown_all_executions_sees_those_of_the_project() -> None:
    cloud = SeenCloud()
    cloud.mistral.made = [execution(body()), execution(body("b", project="b" * 32))]
    assert len(stages(cloud)) == 1
    assert len(stages(cloud, all_projects=True)) == 2


class Away:
    """A service that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise errors.ServiceUnavailable("It", f"do {name}", "it is away", status=503)


def test_what_a_service_that_is_away_would_say_is_left_out_and_the_rest_is_shown() -> None:
    cloud = SeenCloud(mistral=Away(), zaqar=Away())  # type: ignore[arg-type]
    cloud.stack("CREATE_IN_PROGRESS", resource())
    listing = list_requests(cloud.readers, Selection())
    assert [view.stage for view in listing.views] == [SeenStage.ASKED]
    assert {note.rpartition("; ")[2] for note in listing.notes} == {
        "executions are not shown",
        "whether a message of a request waits is not known",
        "dead letters are not shown",
    }


def test_without_heat_there_is_nothing_to_show() -> None:
    with pytest.raises(errors.ServiceUnavailable):
        list_requests(SeenCloud(heat=Away()).readers, Selection())  # type: ignore[arg-type]


def test_heat_and_mistral_are_asked_at_the_same_time() -> None:
    both = threading.Barrier(2)

    class Heat(FakeHeat):
        def stacks(self, *given: Any, **more: Any) -> Iterator[StackSummary]:
            both.wait(10)
            return super().stacks(*given, **more)

    class Executions(FakeExecutions):
        def executions(self, *given: Any, **more: Any) -> Iterator[ExecutionSummary]:
            both.wait(10)
            return super().executions(*given, **more)

    cloud = SeenCloud(heat=Heat(), mistral=Executions())
    cloud.stack("CREATE_IN_PROGRESS", resource())
    assert stages(cloud, which=Which.IN_FLIGHT) == [SeenStage.ASKED]


def test_of_a_stack_that_is_not_there_mistral_is_not_asked() -> None:
    class Executions(FakeExecutions):
        def executions(self, *given: Any, **more: Any) -> Iterator[ExecutionSummary]:
            raise AssertionError(given, more)

    with pytest.raises(errors.NotFound):
        list_requests(SeenCloud(mistral=Executions()).readers, Selection(stack="mistyped"))


def test_a_stack_that_heat_cannot_list_is_named_and_the_others_are_shown() -> None:
    class OneIsBroken(FakeHeat):
        def resources(self, stack: StackSummary) -> list[StackResource]:
            if stack.name == "broken":
                raise errors.ServiceUnavailable("Heat", "list resources", "an internal error", status=500)
            return super().resources(stack)

    cloud = SeenCloud(heat=OneIsBroken())
    cloud.stack("CREATE_IN_PROGRESS", resource())
    other = "22222222-2222-4222-8222-222222222222"
    cloud.stack("CREATE_IN_PROGRESS", resource(stack_id=other, stack_name="broken"))
    listing = list_requests(cloud.readers, Selection())
    assert [view.stack_name for view in listing.views] == ["hello"]
    (note,) = listing.notes
    assert note.endswith("what Heat knows of the stack 'broken' is not shown")


def test_few_executions_are_asked_for_one_by_one_and_the_rest_is_said() -> None:
    cloud = SeenCloud()
    names = [f"r{number}" for number in range(60)]
    cloud.stack("CREATE_IN_PROGRESS", *(resource(name) for name in names))
    for name in names:
        cloud.zaqar.post(QUEUE, body(name), ttl=3600)
        cloud.zaqar.claim_one(QUEUE, ttl=60)
    listing = list_requests(cloud.readers, Selection(which=Which.IN_FLIGHT))
    assert len(listing.views) == 60
    assert "of 10 requests it is not known whether their executions have ended" in listing.notes


def two_hundred(*, taken: bool) -> SeenCloud:
    """Return 200 requests that wait, ten in each stack, a stack in each of 20 projects."""
    cloud = SeenCloud()
    for number in range(20):
        stack, project, name = f"{number:08}-1111-4111-8111-111111111111", f"{number:032}", f"hello-{number}"
        of = {"stack_id": stack, "stack_name": name, "project_id": project}
        cloud.stack("CREATE_IN_PROGRESS", *(resource(f"r{index}", changed=number + index, **of) for index in range(10)))
        if taken:
            cloud.mistral.made += [
                execution(body(f"r{index}", stack=stack, stack_name=name, project=project), began=100 + number + index)
                for index in range(10)
            ]
    return cloud


@pytest.mark.parametrize("taken", [True, False])
def test_a_cloud_s_200_requests_cost_a_list_for_each_stack_and_not_a_call_for_each_request(taken: bool) -> None:
    cloud = two_hundred(taken=taken)
    listing = list_requests(cloud.readers, Selection(which=Which.IN_FLIGHT, all_projects=True))
    asked = [view.asked_at for view in listing.views]
    assert len(asked) == 200
    assert asked == sorted(asked, key=lambda at: at or ago(0))
    assert cloud.heat.calls <= 1 + 20
    assert cloud.mistral.calls <= 2


def test_an_operator_who_may_not_list_all_stacks_is_told_and_sees_the_executions() -> None:
    cloud = two_hundred(taken=True)
    cloud.heat.global_index = False
    listing = list_requests(cloud.readers, Selection(which=Which.IN_FLIGHT, all_projects=True))
    assert len(listing.views) == 200
    (note,) = listing.notes
    assert "stacks:global_index" in note


def test_of_very_many_stacks_those_are_looked_into_of_which_nothing_is_seen() -> None:
    cloud = SeenCloud()
    for number in range(LOOKED_INTO + 3):
        stack = f"11111111-1111-4111-8111-{number:012}"
        cloud.stack("CREATE_IN_PROGRESS", resource(stack_id=stack, stack_name=f"s{number}"))
        if number < 3:
            cloud.mistral.made.append(execution(body(stack=stack, stack_name=f"s{number}")))
    listing = list_requests(cloud.readers, Selection(which=Which.IN_FLIGHT, all_projects=True))
    assert len(listing.views) == LOOKED_INTO + 3
    assert [view.stack_name for view in listing.views if view.stage is SeenStage.RUNNING] == ["s0", "s1", "s2"]
    (note,) = listing.notes
    assert note.startswith(f"3 of {LOOKED_INTO + 3} stacks were not looked into")
    assert note.endswith("the list of one project, or of one stack (--stack), has the others")


def test_of_a_status_so_many_stacks_are_listed_and_no_more() -> None:
    cloud = SeenCloud()
    for number in range(LISTED + 500):
        cloud.stack(
            "CREATE_FAILED", resource(status="CREATE_FAILED", stack_id=f"{number:012}", stack_name=f"s{number}")
        )
    waits = "11111111-1111-4111-8111-000000000000"
    cloud.stack("CREATE_IN_PROGRESS", resource(stack_id=waits, stack_name="waits"))
    read = CountedStacks(cloud.heat)
    listing = list_requests(replace(cloud.readers, heat=read), Selection(all_projects=True))  # type: ignore[arg-type]
    assert "waits" in {view.stack_name for view in listing.views}
    assert read.yielded == LISTED + 1
    assert any(f"of the stacks that are FAILED the {LISTED} created last are listed" in note for note in listing.notes)
    assert not any("IN_PROGRESS" in note for note in listing.notes)


def test_a_stack_that_is_begun_anew_between_the_two_lists_is_seen() -> None:
    cloud = SeenCloud()
    cloud.stack("UPDATE_IN_PROGRESS", resource(status="UPDATE_IN_PROGRESS"))

    class Heat(FakeHeat):
        def stacks(self, statuses: Sequence[str] = (), **_: Any) -> Iterator[StackSummary]:
            (now,) = cloud.heat.summaries
            return iter([replace(now, status="CREATE_FAILED") if statuses == ("FAILED",) else now])

    heat = Heat()
    heat.seen = cloud.heat.seen
    listing = list_requests(replace(cloud.readers, heat=heat), Selection())  # type: ignore[arg-type]
    assert [view.stage for view in listing.views] == [SeenStage.ASKED]


class CountedStacks:
    """Heat, and how many stacks it has been asked for: it lists them page by page."""

    def __init__(self, heat: Any) -> None:
        self._heat = heat
        self.yielded = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._heat, name)

    def stacks(self, *given: Any, **more: Any) -> Iterator[StackSummary]:
        for stack in self._heat.stacks(*given, **more):
            self.yielded += 1
            yield stack


def test_what_waits_is_looked_into_before_what_failed_long_ago() -> None:
    cloud = SeenCloud()
    for number in range(LOOKED_INTO + 2):
        stack = f"11111111-1111-4111-8111-{number:012}"
        status = "CREATE_IN_PROGRESS" if number >= LOOKED_INTO else "CREATE_FAILED"
        cloud.stack(status, resource(status=status, stack_id=stack, stack_name=f"s{number}"))
    cloud.mistral.made = [execution(body(stack=stack, stack_name=f"s{number}"), "SUCCESS", began=5000)]
    listing = list_requests(cloud.readers, Selection())
    waiting = {view.stack_name for view in listing.views if view.stage is SeenStage.ASKED}
    assert waiting == {f"s{LOOKED_INTO}", f"s{LOOKED_INTO + 1}"}
    (note,) = listing.notes
    assert note.endswith("the list of one stack (--stack) has the others")
