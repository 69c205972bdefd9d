"""Every name that Heat takes for a resource: its requests are answered through heat-api-cfn, and it goes again."""

import pytest
from functional.plugin.situations import World
from functional.plugin.stacks import custom, hot
from heatclient.exc import HTTPBadRequest

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
    "a\\b",
]


def test_a_resource_of_any_name_is_made_and_deleted(w: World) -> None:
    stack = w.stacks.create(hot({name: custom(w.handler.token) for name in NAMES}))
    stack.wait("CREATE_COMPLETE", timeout=150)
    stack.delete().wait("DELETE_COMPLETE")
    assert {status for _, status in w.handler.answered} <= {200, 0}
    for name in NAMES:
        assert [line.partition(" ")[0] for line in w.handler.sequence(name)] == ["Create", "Delete"]


HOSTILE = "x\x1b[31m\r\nFORGED \u202e\u2066\u2028\x85\x9b31m\x7f"


def test_hostile_text_is_refused_by_validation_or_made_and_deleted(w: World) -> None:
    for token in ("mistral:nope%0AFORGED%1B[31m", "zaqar:q?project=%0d%0aX:y&signature=s&expires=e&methods=m&paths=p"):
        with pytest.raises(HTTPBadRequest, match="ServiceToken") as refused:
            w.stacks.create(hot({"a": custom(token)}))
        assert "FORGED" not in str(refused.value)
    unsendable = w.stacks.create(hot({"..": custom(w.handler.token)})).wait("CREATE_FAILED")
    assert "No ResponseURL can name the resource" in unsendable.get().stack_status_reason
    made = w.stacks.create(hot({"a": custom(w.handler.token, {HOSTILE: HOSTILE})})).wait("CREATE_COMPLETE")
    for stack in (unsendable, made):
        stack.delete().wait("DELETE_COMPLETE")
    assert [line.partition(" ")[0] for line in w.handler.sequence("a")] == ["Create", "Delete"]
