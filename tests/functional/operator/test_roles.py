"""An operator wants more roles than an owner's trust delegates: the plugin makes another, and the bridge acts by it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from functional.operator.operators import Operator
from functional.operator.users import User
from functional.plugin.stacks import Stacks, custom, hot
from standalone import cloud, options

ROLES = "member,heat_stack_owner"
"""The second is one that no other implies."""


@contextmanager
def plugin_wants(roles: str) -> Iterator[None]:
    told = options("heat", "operator-roles")
    told.write_text(f"[custom_resource]\nbridge_roles = {roles}\n")
    cloud("restart", "heat-engine")
    try:
        yield
    finally:
        told.unlink()
        cloud("restart", "heat-engine")


def who(again: int) -> dict[str, Any]:
    return hot({"who": custom("mistral:crbo_who", {"again": again})}, {"user": {"get_attr": ["who", "user"]}})


def test_a_trust_with_the_roles_of_before_is_followed_by_one_with_all_that_bridges_want(
    operator: Operator, tenant_of: Callable[[str], Any], user: Callable[..., User]
) -> None:
    tenant_of("demo")  # its project has the workflows
    owner = user("crb-more-roles", *ROLES.split(","))
    before = operator.start()
    with Stacks(owner.session) as stacks:
        stack = stacks.create(who(0)).wait("CREATE_COMPLETE")
        (first,) = given = owner.given()
        assert given == {first: {"member"}}
        before.end()
        with plugin_wants(ROLES):
            operator.start(bridge_roles=ROLES)
            assert stack.update(who(1)).wait("UPDATE_COMPLETE").outputs() == {"user": "crb-more-roles"}
            given = owner.given()
            assert given.pop(first) == {"member"}, "a workflow may still run by it"
            assert list(given.values()) == [set(ROLES.split(","))]
            stack.delete().wait("DELETE_COMPLETE")
