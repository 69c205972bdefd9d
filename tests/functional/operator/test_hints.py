"""Mistral tells the bridges on the bus that an execution has ended, where its operator has told it to."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from functional.operator.operators import Operator, moment, wait_for
from functional.plugin.stacks import Stacks, custom, hot
from standalone import cloud, options

NOTIFY = '{"type": "customresource", "event_types": ["WORKFLOW_SUCCEEDED", "WORKFLOW_FAILED", "WORKFLOW_CANCELLED"]}'


@pytest.fixture
def mistral_that_tells() -> Iterator[None]:
    told = options("mistral", "hints-test")
    told.write_text(f"[notifier]\nnotify = [{NOTIFY}]\n")
    cloud("restart", "mistral-server")
    yield
    told.unlink()
    cloud("restart", "mistral-server")


@pytest.mark.usefixtures("mistral_that_tells")
def test_an_end_is_heard_of_long_before_it_would_be_seen(
    operator: Operator, stacks_of: Callable[[str], Stacks]
) -> None:
    running = operator.start(hints="true", more="[bridge]\nwatch_interval = 600\n")  # as good as blind
    wait_for(lambda: "listening for executions' ends" in running.log(), 120, "the bridge to listen for hints")
    stack = stacks_of("demo").create(hot({"slow": custom("mistral:crbo_slow")})).wait("CREATE_COMPLETE", 120)
    took = moment(running.log(), "SUCCESS") - moment(running.log(), "workflow 'crbo_slow' runs")
    assert took < timedelta(seconds=20)  # it waits for four; a bridge that hears nothing looks again after thirty
    stack.delete().wait("DELETE_COMPLETE", 120)
