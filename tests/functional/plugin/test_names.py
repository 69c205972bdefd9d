"""Every name that Heat takes for a resource: its requests are answered through heat-api-cfn, and it goes again."""

from functional.plugin.situations import World
from functional.plugin.stacks import custom, hot

NAMES = [
    "my record",
    "größe",
    "a:b",
    "50%",
    "a%20b",
    "it's",
    "x+y=z",
    "(a)[b]{c}",
    "a,b;c@d",
    "#1?",
    '"q"',
    "漢",
    "~!$&*",
]


def test_a_resource_of_any_name_is_made_and_deleted(w: World) -> None:
    stack = w.stacks.create(hot({name: custom(w.handler.token) for name in NAMES}))
    stack.wait("CREATE_COMPLETE", timeout=150)
    stack.delete().wait("DELETE_COMPLETE")
    assert {status for _, status in w.handler.answered} <= {200, 0}
    for name in NAMES:
        assert [line.partition(" ")[0] for line in w.handler.sequence(name)] == ["Create", "Delete"]
