"""check, and check --loop, of a tenant whose requests the operator's bridge handles."""

import json
from collections.abc import Callable
from typing import Any

from functional.bridge_process import command, environment
from functional.loop import checked, problems
from functional.operator.operators import Operator, wait_for
from functional.plugin.stacks import Stacks, custom, hot
from standalone import cloud, options


def test_it_finds_nothing_wrong_where_the_operator_s_bridge_has_the_request(
    operator: Operator, tenant_of: Callable[[str], Any]
) -> None:
    tenant_of("demo")
    running = operator.start()
    done = checked()
    assert (done.returncode, problems(done)) == (0, {}), done.stdout
    assert "customresource_bridge_check_" in running.log()
    wait_for(lambda: not operator.trusts(), 120, "the trust to be removed with the last stack")


def test_it_warns_of_a_mistral_whose_own_actions_look_in_another_region(
    operator: Operator, tenant_of: Callable[[str], Any]
) -> None:
    tenant_of("demo")
    operator.start()
    told = options("mistral", "elsewhere")
    told.write_text("[openstack_actions]\ndefault_region = Elsewhere\n")
    try:
        cloud("restart", "mistral-server")
        done = checked()
    finally:
        told.unlink()
        cloud("restart", "mistral-server")
    assert done.returncode == 0
    assert list(problems(done)) == ["loop: mistral.* actions"]
    assert "default_region" in problems(done)["loop: mistral.* actions"]


def test_it_says_that_no_bridge_took_it_where_the_operator_s_is_away(
    operator: Operator, tenant_of: Callable[[str], Any]
) -> None:
    del operator  # Heat is told of it, and it does not run
    tenant_of("demo")
    done = checked("--loop-timeout", "5")
    assert done.returncode == 1
    assert list(problems(done)) == ["loop: bell"]


def test_without_the_loop_it_is_wrong_once_a_request_has_waited_for_a_minute(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    del operator  # Heat is told of it, and it does not run
    waiting = custom("mistral:crbo_who", {"ServiceTimeout": 150}, deletion_policy="Retain")
    stack = stacks_of("demo").create(hot({"a": waiting}))
    wait_for(lambda: untaken() is not None, 120, "the check to find that nobody listens")
    assert f": Create of a in {stack.name}; start a bridge by" in str(untaken())


def untaken() -> str | None:
    """Return what is wrong about requests that no bridge takes."""
    done = command("customresource-bridge", "check", "-f", "json", environ=environment())
    (row,) = [row for row in json.loads(done.stdout) if row["check"] == "requests that no bridge takes"]
    assert done.returncode == (0 if row["ok"] else 1)
    problem: str | None = None if row["ok"] else row["problem"]
    return problem
