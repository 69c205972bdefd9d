"""What is said of Mistral's own actions: that they work, by what they fail, or that it is not known."""

from types import SimpleNamespace
from typing import cast

import pytest

from customresource_bridge import errors
from customresource_bridge.clients.writers import MistralWriter
from customresource_bridge.cmd.check.own_actions import own_actions
from customresource_bridge.cmd.check.result import CheckResult


def said(answer: str | Exception | None) -> CheckResult:
    def run_action(_name: str) -> str | None:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return own_actions(cast(MistralWriter, SimpleNamespace(run_action=run_action)))


def test_those_that_work_are_well() -> None:
    assert said(None).shown == ("ok", "loop: mistral.* actions", "")


def test_what_they_fail_by_is_a_warning_with_its_remedy() -> None:
    result, _, what = said("endpoint for workflowv2 not found").shown
    assert result == "warning"
    assert what.startswith("endpoint for workflowv2 not found; workflows with such actions may fail so, too. ")
    assert "default_region" in what
    assert "REQUESTS_CA_BUNDLE" in what


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (errors.Forbidden, "action_executions:create is disallowed by policy"),
        (errors.Rejected, "Failed to find action [action_name=mistral.cron_triggers_list]"),
    ],
)
def test_where_none_may_be_run_or_none_is_there_nothing_is_wrong(kind: type[errors.ServiceError], problem: str) -> None:
    result, _, what = said(kind("Mistral", "run an action", problem)).shown
    assert (result, what) == ("ok", f"not tried: Mistral did not run an action: {problem}")


def test_where_mistral_does_not_say_it_is_not_known() -> None:
    result, _, what = said(errors.ServiceUnavailable("Mistral", "run an action", "away")).shown
    assert (result, what.startswith("whether they work is not known: ")) == ("warning", True)
