"""One bridge service for two projects, each with its own owner's authority."""

from collections.abc import Callable
from typing import Any

from functional.plugin.stacks import Stacks, custom, hot

from .operators import Operator, wait_for

WHO = hot(
    {"who": custom("mistral:crbo_who")},
    {name: {"get_attr": ["who", name]} for name in ("user", "project")},
)


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
