"""One bridge service for two projects, each with its own owner's authority."""

from collections.abc import Callable
from typing import Any

from functional.plugin.stacks import Stacks, custom, hot

from customresource_bridge.protocol import ids

from .operators import Operator, wait_for

WHO = hot(
    {"who": custom("mistral:crbo_who")},
    {name: {"get_attr": ["who", name]} for name in ("user", "project")},
)


def many(count: int, workflow: str = "crbo_who") -> dict[str, Any]:
    return hot({f"r{number}": custom(f"mistral:{workflow}") for number in range(count)})


def test_each_project_s_workflow_runs_as_its_own_user(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    operator.start()
    made = {name: stacks_of(name).create(WHO) for name in ("demo", "other")}
    for name, stack in made.items():
        stack.wait("CREATE_COMPLETE")
        assert stack.outputs() == {"user": name, "project": cloud_session(name).get_project_id()}
    given = {(trust["trustor_user_id"], trust["project_id"]) for trust in operator.trusts()}
    assert given == {(s.get_user_id(), s.get_project_id()) for s in map(cloud_session, made)}

    for stack in made.values():
        stack.delete()
    for stack in made.values():
        stack.wait("DELETE_COMPLETE")
    wait_for(lambda: not operator.trusts(), 120, "trusts that nothing needs to be removed")


def test_one_trust_serves_all_stacks_of_a_project_until_the_last_goes(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    operator.start()
    first, second = (stacks_of("demo").create(WHO) for _ in range(2))
    first.wait("CREATE_COMPLETE")
    second.wait("CREATE_COMPLETE")
    first.delete().wait("DELETE_COMPLETE")
    assert operator.trusts()
    second.update(hot({"who": custom("mistral:crbo_who", {"again": 1})})).wait("UPDATE_COMPLETE")
    second.delete().wait("DELETE_COMPLETE")
    wait_for(lambda: not operator.trusts(), 120, "the trust to be removed")


def test_one_project_s_broken_trust_does_not_hold_up_the_others(
    operator: Operator, stacks_of: Callable[[str], Stacks], cloud_session: Callable[[str], Any]
) -> None:
    running = operator.start("--debug", linger=1)
    session = cloud_session("demo")
    project = session.get_project_id()
    first = stacks_of("demo").create(WHO).wait("CREATE_COMPLETE")
    wait_for(lambda: f"project {project}: has no more work" in running.log(), 120, "the project's session to be ended")
    for trust in operator.trusts():
        session.delete(f"{session.auth.auth_url.rstrip('/')}/OS-TRUST/trusts/{trust['id']}")
    operator.ring(project, ids.stack_queue(first.id))
    wait_for(lambda: f"project {project}: Keystone did not issue" in running.log(), 120, "the bridge to be refused")

    stacks_of("other").create(WHO).wait("CREATE_COMPLETE")
    # The owner's next operation mends it.
    first.update(hot({"who": custom("mistral:crbo_who", {"again": 1})})).wait("UPDATE_COMPLETE")


def test_a_host_that_ends_gives_what_it_has_not_finished_to_the_others(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    first = operator.start("--workers", "2")
    stacks = [stacks_of(name).create(many(4, "crbo_slow")) for name in ("demo", "other")]
    wait_for(lambda: "runs as execution" in first.log(), 120, "a first execution")
    operator.start()
    assert first.end() == 0
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
