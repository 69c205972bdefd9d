from dataclasses import replace

from visibility_parts import SeenCloud, body, event, execution, resource

from customresource_bridge.visibility.watch import StackWatch, since_last_beginning


def begun() -> tuple[SeenCloud, StackWatch]:
    cloud = SeenCloud()
    cloud.stack("UPDATE_IN_PROGRESS", resource(status="UPDATE_IN_PROGRESS"))
    cloud.heat.told = [
        event("hello", "CREATE_IN_PROGRESS", at=900),
        event("hello", "UPDATE_IN_PROGRESS", at=70),
        event("greeting", "UPDATE_IN_PROGRESS", at=65),
    ]
    cloud.mistral.made = [execution(body(), "SUCCESS", began=890), execution(body(phase="Update"))]
    return cloud, StackWatch(cloud.readers, cloud.heat.summaries[0])


def test_the_first_look_tells_what_heat_is_at_and_not_what_was_before() -> None:
    _, watch = begun()
    texts = [step.text for step in watch.look()]
    assert texts[:2] == ["hello UPDATE_IN_PROGRESS: state changed", "greeting UPDATE_IN_PROGRESS: state changed"]
    assert texts[2].startswith("Update of greeting: workflow greet runs as execution ")
    assert len(texts) == 3


def test_a_later_look_tells_only_what_is_new() -> None:
    cloud, watch = begun()
    watch.look()
    assert watch.look() == []
    cloud.mistral.made[1] = replace(cloud.mistral.made[1], state="ERROR", state_info="no quota")
    cloud.heat.told.append(event("greeting", "UPDATE_FAILED", "no quota", at=1))
    texts = [step.text for step in watch.look()]
    assert texts == ["Update of greeting: execution ERROR: no quota", "greeting UPDATE_FAILED: no quota"]


def test_it_knows_when_heat_has_done() -> None:
    cloud, watch = begun()
    watch.look()
    assert watch.stack.in_progress
    cloud.heat.summaries[0] = replace(cloud.heat.summaries[0], status="UPDATE_COMPLETE")
    watch.look()
    assert not watch.stack.in_progress


def test_a_stack_that_is_gone_is_deleted() -> None:
    cloud, watch = begun()
    watch.look()
    cloud.heat.summaries = []
    cloud.heat.told.append(event("hello", "DELETE_COMPLETE", at=1))
    assert [step.text for step in watch.look()] == ["hello DELETE_COMPLETE: state changed"]
    assert watch.stack.status == "DELETE_COMPLETE"


def test_a_resource_s_own_beginning_is_not_the_stack_s() -> None:
    cloud, watch = begun()
    assert since_last_beginning(cloud.heat.told, watch.stack) == cloud.heat.told[1:]
    assert since_last_beginning(cloud.heat.told[2:], watch.stack) == cloud.heat.told[2:]
