"""check --loop of a tenant whose requests the operator's bridge handles."""

from collections.abc import Callable
from typing import Any

from functional.loop import checked, problems
from functional.operator.operators import Operator, wait_for


def test_it_finds_nothing_wrong_where_the_operator_s_bridge_has_the_request(
    operator: Operator, tenant_of: Callable[[str], Any]
) -> None:
    tenant_of("demo")
    running = operator.start()
    done = checked()
    assert (done.returncode, problems(done)) == (0, {}), done.stdout
    assert "customresource_bridge_check_" in running.log()
    wait_for(lambda: not operator.trusts(), 120, "the trust to be removed with the last stack")


def test_it_says_that_no_bridge_took_it_where_the_operator_s_is_away(
    operator: Operator, tenant_of: Callable[[str], Any]
) -> None:
    del operator  # Heat is told of it, and it does not run
    tenant_of("demo")
    done = checked("--loop-timeout", "5")
    assert done.returncode == 1
    assert list(problems(done)) == ["loop: bell"]
